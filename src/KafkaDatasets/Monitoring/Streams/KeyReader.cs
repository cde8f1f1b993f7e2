using System.Text;
using KafkaDatasets.Monitoring.Joining;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Monitoring.Streams;

/// <summary>Reads the keys by which scores and labels are joined.</summary>
/// <param name="layout">The layout of the blocks.</param>
/// <param name="schema">The schema of the topic.</param>
/// <param name="joinBy">What the key is.</param>
/// <param name="topics">The topics that positions are of.</param>
/// <param name="ownTopic">The topic itself, if records without the headers of a position have their own; null if they have none.</param>
internal sealed class KeyReader(RowLayout layout, DatasetSchema schema, LabelJoinKey joinBy, InputTopics topics, string? ownTopic)
{
    private readonly int _topic = Find(layout, ScoreHeaders.Topic);
    private readonly int _partition = Find(layout, ScoreHeaders.Partition);
    private readonly int _offset = Find(layout, ScoreHeaders.Offset);
    private readonly int _column = joinBy.ColumnName is { } name ? layout.Field(name.Length == 0 ? MonitorHeaders.Key : name) : -1;
    private readonly DatasetColumn? _definition = joinBy.ColumnName is { Length: > 0 } found && schema.TryGetColumn(found, out DatasetColumn? column) ? column : null;
    private readonly int _own = topics.NumberOf(Encoding.UTF8.GetBytes(ownTopic ?? ""));

    public static int Find(RowLayout layout, string column) => layout.TryGetField(column, out int index) ? index : -1;

    /// <summary>The key of a row; null if it has none.</summary>
    /// <param name="block">The block.</param>
    /// <param name="row">The row.</param>
    /// <param name="topic">The topic that the position is of; 0 if it is not known, or the key is no position.</param>
    public RowKey? Of(RowBlock block, int row, out int topic)
    {
        topic = 0;
        if (joinBy.ColumnName is { } name)
        {
            if (name.Length > 0)
            {
                return Cells.Text(block, _column, row, _definition!) is { } text ? RowKey.Of(text) : null;
            }

            // Latin-1 has a character for every byte: keys need not be UTF-8.
            return Cells.Utf8(block, _column, row) is { IsEmpty: false } key ? RowKey.Of(Encoding.Latin1.GetString(key)) : null;
        }

        if (Cells.Utf8(block, _partition, row).IsEmpty && Cells.Utf8(block, _offset, row).IsEmpty)
        {
            topic = _own;
            return ownTopic is null ? null : RowKey.Of(block.Partitions[row], block.Offsets[row]);
        }

        if (Cells.Number(block, _partition, row) is not (>= 0 and <= int.MaxValue and var partition) || Cells.Number(block, _offset, row) is not (>= 0 and var offset))
        {
            return null; // the headers name a position, but none that a record can have
        }

        topic = topics.NumberOf(Cells.Utf8(block, _topic, row));
        return RowKey.Of((int)partition, offset);
    }
}
