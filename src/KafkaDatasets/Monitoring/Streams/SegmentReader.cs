using System.Buffers;
using System.Text.Unicode;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Monitoring.Streams;

/// <summary>Reads the segment of each row of a topic.</summary>
/// <remarks>Millions of rows may wait for their labels, so equal names are one string, and long ones are cut.</remarks>
internal sealed class SegmentReader
{
    private const int MostCharacters = 200;
    private const int MostNames = 10_000;

    private readonly int _field = -1;
    private readonly DatasetColumn? _column;
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    public SegmentReader(RowLayout layout, DatasetSchema schema, MonitorOptions options)
    {
        if (ColumnsOf(schema, options) is [var segment])
        {
            _field = layout.Field(segment);
            schema.TryGetColumn(segment, out _column);
        }
    }

    /// <summary>The column that is read, if the topic has it.</summary>
    public static string[] ColumnsOf(DatasetSchema schema, MonitorOptions options) =>
        options.Segment is { } segment && schema.TryGetColumn(segment, out DatasetColumn? found) && !found.IsVector ? [segment] : [];

    /// <summary>The segment of a row; null if it has none.</summary>
    public string? Of(RowBlock block, int row)
    {
        if (_field < 0)
        {
            return null;
        }

        if (block.Columns[_field] is not TextColumn texts)
        {
            return Cells.Text(block, _field, row, _column!) is { } text ? Known(text) : null;
        }

        Span<char> name = stackalloc char[MostCharacters + 1];
        OperationStatus status = Utf8.ToUtf16(texts.Text(row), name[..MostCharacters], out _, out int length);
        if (status == OperationStatus.DestinationTooSmall)
        {
            name[length++] = '…';
        }

        return length == 0 ? null : Known(name[..length]);
    }

    private string Known(ReadOnlySpan<char> name)
    {
        HashSet<string>.AlternateLookup<ReadOnlySpan<char>> names = _names.GetAlternateLookup<ReadOnlySpan<char>>();
        if (names.TryGetValue(name, out string? known))
        {
            return known;
        }

        known = name.ToString();
        if (_names.Count < MostNames)
        {
            _names.Add(known);
        }

        return known;
    }
}
