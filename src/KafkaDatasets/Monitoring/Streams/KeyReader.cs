using System.Text;
using KafkaDatasets.Monitoring.Joining;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Monitoring.Streams;

/// <summary>Reads the keys by which scores and labels are joined.</summary>
/// <param name="layout">The layout of the blocks.</param>
/// <param name="schema">The schema of the topic.</param>
/// <param name="joinBy">What the key is.</param>
/// <param name="inputTopic">The topic that positions must be of; null if they are of any.</param>
/// <param name="isInput">Whether a record without the headers of a position is at that position itself.</param>
internal sealed class KeyReader(RowLayout layout, DatasetSchema schema, LabelJoinKey joinBy, string? inputTopic, bool isInput)
{
    private readonly int _topic = Find(layout, ScoreHeaders.Topic);
    private readonly int _partition = Find(layout, ScoreHeaders.Partition);
    private readonly int _offset = Find(layout, ScoreHeaders.Offset);
    private readonly int _column = joinBy.ColumnName is { } name ? layout.Field(name.Length == 0 ? MonitorHeaders.Key : name) : -1;
    private readonly DatasetColumn? _definition = joinBy.ColumnName is { Length: > 0 } found && schema.TryGetColumn(found, out DatasetColumn? column) ? column : null;
    private readonly byte[]? _inputTopic = inputTopic is null ? null : Encoding.UTF8.GetBytes(inputTopic);

    public static int Find(RowLayout layout, string column) => layout.TryGetField(column, out int index) ? index : -1;

    /// <summary>The key of a row; null if it has none.</summary>
    public RowKey? Of(RowBlock block, int row)
    {
        if (joinBy.ColumnName is { } name)
        {
            if (name.Length > 0)
            {
                return Cells.Text(block, _column, row, _definition!) is { } text ? RowKey.Of(text) : null;
            }

            // Latin-1 has a character for every byte: keys need not be UTF-8.
            return Cells.Utf8(block, _column, row) is { IsEmpty: false } key ? RowKey.Of(Encoding.Latin1.GetString(key)) : null;
        }

        if (Cells.Number(block, _partition, row) is { } partition && Cells.Number(block, _offset, row) is { } offset)
        {
            ReadOnlySpan<byte> topic = Cells.Utf8(block, _topic, row);
            return _inputTopic is null || topic.IsEmpty || topic.SequenceEqual(_inputTopic) ? RowKey.Of((int)partition, offset) : null;
        }

        return isInput ? RowKey.Of(block.Partitions[row], block.Offsets[row]) : null;
    }
}
