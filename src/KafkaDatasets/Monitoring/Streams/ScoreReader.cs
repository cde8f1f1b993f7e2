using System.Text;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Monitoring.Joining;
using KafkaDatasets.Monitoring.Metrics;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Monitoring.Streams;

/// <summary>Reads scores from row blocks.</summary>
internal sealed class ScoreReader
{
    /// <summary>The version of scores that do not say theirs.</summary>
    public const string UnknownVersion = "unknown";

    private readonly KeyReader _keys;
    private readonly PredictionReader _predictions;
    private readonly int _version;
    private readonly int _timestamp;
    private readonly SegmentReader _segments;
    private byte[] _lastVersion = [];
    private int _lastNumber = -1;

    public ScoreReader(RowLayout layout, DatasetSchema schema, PredictionReader predictions, MonitorOptions options, InputTopics topics)
    {
        _keys = new KeyReader(layout, schema, options.JoinBy, topics, ownTopic: null);
        _predictions = predictions;
        predictions.Bind(layout);
        _version = KeyReader.Find(layout, ScoreHeaders.ModelVersion);
        _timestamp = KeyReader.Find(layout, ScoreHeaders.Timestamp);
        _segments = new SegmentReader(layout, schema, options);
    }

    public long Rows { get; private set; }

    public long Unusable { get; private set; }

    /// <summary>The columns that are read besides those of the predictions.</summary>
    /// <param name="schema">The columns of the topic.</param>
    /// <param name="options">What scores are joined by, and segments.</param>
    /// <param name="faults">Gets what the topic lacks.</param>
    public static IReadOnlyList<string> ColumnsOf(DatasetSchema schema, MonitorOptions options, List<string> faults)
    {
        if (options.JoinBy.ColumnName is { Length: > 0 } key && (!schema.TryGetColumn(key, out DatasetColumn? column) || column.IsVector))
        {
            faults.Add($"{nameof(MonitorOptions.JoinBy)}: topic '{options.ScoresTopic}' has no column '{key}' with single values{SimilarNames.Clause(key, schema.Columns.Select(c => c.Name))}");
        }

        return
        [
            ScoreHeaders.ModelVersion,
            ScoreHeaders.Timestamp,
            .. options.JoinBy.ColumnName switch
            {
                null => (string[])[ScoreHeaders.Topic, ScoreHeaders.Partition, ScoreHeaders.Offset],
                "" => [MonitorHeaders.Key],
                string name => [name],
            },
            .. SegmentReader.ColumnsOf(schema, options),
        ];
    }

    public void Read(RowBlock block, LabelJoin join, MonitorBoard board, EventClock clock)
    {
        for (int row = 0; row < block.Rows; row++)
        {
            long time = Cells.Number(block, _timestamp, row) ?? block.Timestamps[row];
            clock.Observe(block.Partitions[row], time);
            Rows++;
            if (_predictions.Read(block, row) is not { } prediction || _keys.Of(block, row, out int topic) is not { } key)
            {
                Unusable++;
                continue;
            }

            join.AddScore(key, new Score(VersionOf(block, row, board), prediction, new RowOrder(time, block.Partitions[row], block.Offsets[row]), _segments.Of(block, row), topic));
        }
    }

    private int VersionOf(RowBlock block, int row, MonitorBoard board)
    {
        ReadOnlySpan<byte> version = Cells.Utf8(block, _version, row);
        if (_lastNumber < 0 || !version.SequenceEqual(_lastVersion))
        {
            _lastVersion = version.ToArray();
            _lastNumber = board.NumberOf(version.IsEmpty ? UnknownVersion : Encoding.UTF8.GetString(version));
        }

        return _lastNumber;
    }
}
