using System.Runtime.InteropServices;
using System.Text;
using Spectre.Console;

namespace KafkaDatasets.Benchmarks;

/// <summary>A table of results, for the console and as Markdown.</summary>
internal sealed class ResultTable(string title, string conditions, string[] columns)
{
    private readonly List<string[]> _rows = [];

    public void Add(params string[] cells) => _rows.Add(cells);

    public void Write(IAnsiConsole console)
    {
        console.Profile.Width = Math.Max(console.Profile.Width, 160);
        console.WriteLine();
        console.WriteLine(conditions);
        var table = new Table().Border(TableBorder.Simple);
        foreach (string column in columns)
        {
            TableColumn added = new TableColumn(Markup.Escape(column)).NoWrap();
            table.AddColumn(column == columns[0] ? added : added.RightAligned());
        }

        foreach (string[] row in _rows)
        {
            table.AddRow([.. row.Select(Markup.Escape)]);
        }

        console.Write(table);
    }

    public string ToMarkdown()
    {
        var text = new StringBuilder();
        text.AppendLine($"## {title}, {TimeProvider.System.GetUtcNow():yyyy-MM-dd}");
        text.AppendLine();
        text.AppendLine($"{conditions} {RuntimeInformation.FrameworkDescription}, {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}.");
        text.AppendLine();
        text.AppendLine(Line(columns));
        text.AppendLine(Line(columns.Select((_, i) => i == 0 ? "---" : "---:")));
        foreach (string[] row in _rows)
        {
            text.AppendLine(Line(row));
        }

        text.AppendLine();
        return text.ToString();
    }

    private static string Line(IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |";
}
