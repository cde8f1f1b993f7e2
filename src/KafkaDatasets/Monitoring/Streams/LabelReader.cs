using KafkaDatasets.Diagnostics;
using KafkaDatasets.Monitoring.Joining;
using KafkaDatasets.Monitoring.Profiles;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Monitoring.Streams;

/// <summary>Reads labels from row blocks.</summary>
internal sealed class LabelReader
{
    private readonly KeyReader _keys;
    private readonly int _label;
    private readonly SegmentReader _segments;

    public LabelReader(RowLayout layout, DatasetSchema schema, MonitorOptions options, InputTopics topics)
    {
        // Labels with headers are of the topic that these name; labels without are of their own topic.
        _keys = new KeyReader(layout, schema, options.JoinBy, topics, ownTopic: options.LabelsTopic);
        _label = layout.Label;
        _segments = new SegmentReader(layout, schema, options);
    }

    public long Rows { get; private set; }

    public long Unusable { get; private set; }

    /// <summary>The columns that are read besides label and features.</summary>
    /// <param name="schema">The columns of the topic.</param>
    /// <param name="roles">The features.</param>
    /// <param name="options">What labels are joined by, segments, and the reference.</param>
    /// <param name="faults">Gets what the topic lacks.</param>
    public static IReadOnlyList<string> ColumnsOf(DatasetSchema schema, ColumnRoles roles, MonitorOptions options, List<string> faults)
    {
        if (options.JoinBy.ColumnName is { Length: > 0 } key && (!schema.TryGetColumn(key, out DatasetColumn? column) || column.IsVector))
        {
            faults.Add($"{nameof(MonitorOptions.JoinBy)}: topic '{options.LabelsTopic}' has no column '{key}' with single values{SimilarNames.Clause(key, schema.Columns.Select(c => c.Name))}");
        }

        string[] columns =
        [
            .. options.JoinBy.ColumnName switch
            {
                null => (string[])[ScoreHeaders.Topic, ScoreHeaders.Partition, ScoreHeaders.Offset],
                "" => [MonitorHeaders.Key],
                string name => [name],
            },
            .. SegmentReader.ColumnsOf(schema, options),
            .. options.Reference is { } reference
                ? schema.Columns.Where(c => ProfileBuilder.Has(c) && !roles.Features.Contains(c) && c.SlotNames.Any(n => reference.Columns.Any(r => r.Name == n))).Select(c => c.Name)
                : [],
        ];
        return [.. columns.Distinct()];
    }

    public void Read(RowBlock block, LabelJoin join, EventClock clock)
    {
        float[] labels = ((FixedColumn<float>)block.Columns[_label]).Values;
        for (int row = 0; row < block.Rows; row++)
        {
            long time = block.Timestamps[row];
            clock.Observe(block.Partitions[row], time);
            Rows++;
            if (!float.IsFinite(labels[row]) || _keys.Of(block, row, out int topic) is not { } key)
            {
                Unusable++;
                continue;
            }

            join.AddLabel(key, new Label(labels[row], new RowOrder(time, block.Partitions[row], block.Offsets[row]), _segments.Of(block, row), topic));
        }
    }
}
