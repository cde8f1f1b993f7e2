using System.Globalization;
using System.Text;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Tests.Formats;

/// <summary>The first row of a block as text, every bit of it.</summary>
internal static class BlockRow
{
    public static string Of(RowBlock block) => string.Join(" | ", block.Columns.Select(c => Of(c, 0, 1)));

    private static string Of(ColumnBuffer column, int row, int rows) => column switch
    {
        RaggedColumn ragged => $"[{Of(ragged.Items, ragged.Row(row).Start.Value, ragged.Row(row).End.Value - ragged.Row(row).Start.Value)}]",
        TextColumn texts => string.Join(',', Enumerable.Range(row * texts.Width, rows * texts.Width).Select(i => '"' + Encoding.Latin1.GetString(texts.Text(i)) + '"')),
        _ => Values(column, row, rows),
    };

    private static string Values(ColumnBuffer column, int row, int rows)
    {
        var values = (Array)column.GetType().GetProperty("Values")!.GetValue(column)!;
        int width = (int)column.GetType().GetProperty("Width")!.GetValue(column)!;
        return string.Join(',', values.Cast<object>().Skip(row * width).Take(rows * width).Select(v => v switch
        {
            float single => $"{single.ToString("R", CultureInfo.InvariantCulture)}f",
            IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
            _ => v.ToString(),
        }));
    }
}
