using System.Text;
using Spectre.Console;

namespace KafkaDatasets.Benchmarks.Reports;

/// <summary>A table of results, for the console and as Markdown.</summary>
/// <param name="conditions">What was measured, and how.</param>
/// <param name="columns">The heads of the columns; the first one names a row.</param>
internal class ResultTable(string conditions, string[] columns)
{
    private readonly List<string[]> _rows = [];

    public void Add(params string[] cells) => _rows.Add(cells);

    public void Write(IAnsiConsole console)
    {
        console.Profile.Width = Math.Max(console.Profile.Width, 220);
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
        text.Append(conditions).Append("\n\n");
        text.Append(Line(columns));
        text.Append(Line(columns.Select((_, i) => i == 0 ? "---" : "---:")));
        foreach (string[] row in _rows)
        {
            text.Append(Line(row));
        }

        return text.ToString();
    }

    private static string Line(IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |\n";
}
