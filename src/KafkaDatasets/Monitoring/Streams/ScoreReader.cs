using System.Text;
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
    private readonly int _value;
    private readonly bool _isProbability;
    private readonly int _predicted;
    private readonly int _version;
    private readonly int _timestamp;
    private readonly int _segment;
    private readonly DatasetColumn? _segmentColumn;
    private byte[] _lastVersion = [];
    private int _lastNumber = -1;

    public ScoreReader(RowLayout layout, DatasetSchema schema, MonitorOptions options)
    {
        // Labels with headers are of the topic that these name; labels without are of their own topic.
        _keys = new KeyReader(layout, schema, options.JoinBy, inputTopic: null, isInput: false);
        _isProbability = IsProbability(schema, options);
        _value = layout.Field(_isProbability ? options.Probability : options.Score);
        _predicted = KeyReader.Find(layout, options.PredictedLabel);
        _version = KeyReader.Find(layout, ScoreHeaders.ModelVersion);
        _timestamp = KeyReader.Find(layout, ScoreHeaders.Timestamp);
        _segment = options.Segment is { } segment && schema.TryGetColumn(segment, out _segmentColumn) ? layout.Field(segment) : -1;
    }

    public long Rows { get; private set; }

    public long Unusable { get; private set; }

    public static bool IsProbability(DatasetSchema schema, MonitorOptions options) => IsNumber(schema, options.Probability);

    /// <summary>The columns that are read as numbers, and those that are read as they are.</summary>
    /// <exception cref="InvalidOptionsException">The topic lacks a column.</exception>
    public static (IReadOnlyList<TensorColumn> Numbers, IReadOnlyList<string> Columns) ColumnsOf(DatasetSchema schema, MonitorOptions options)
    {
        var faults = new List<string>();
        if (!IsNumber(schema, options.Probability) && !IsNumber(schema, options.Score))
        {
            faults.Add($"topic '{options.ScoresTopic}' has neither a number '{options.Probability}' nor a number '{options.Score}', but {string.Join(", ", schema.Columns.Select(c => c.Name))}: name the column with {nameof(MonitorOptions.Probability)} or {nameof(MonitorOptions.Score)}");
        }

        if (options.JoinBy.ColumnName is { Length: > 0 } key && (!schema.TryGetColumn(key, out DatasetColumn? column) || column.IsVector))
        {
            faults.Add($"{nameof(MonitorOptions.JoinBy)}: topic '{options.ScoresTopic}' has no column '{key}' with single values");
        }

        InvalidOptionsException.ThrowIfAny(nameof(MonitorOptions), faults);
        TensorColumn[] numbers =
        [
            TensorColumn.Single(IsProbability(schema, options) ? options.Probability : options.Score),
            .. IsNumber(schema, options.PredictedLabel) ? (TensorColumn[])[TensorColumn.Single(options.PredictedLabel)] : [],
        ];
        string[] columns =
        [
            ScoreHeaders.ModelVersion,
            ScoreHeaders.Timestamp,
            .. options.JoinBy.ColumnName switch
            {
                null => (string[])[ScoreHeaders.Topic, ScoreHeaders.Partition, ScoreHeaders.Offset],
                "" => [MonitorHeaders.Key],
                string name => [name],
            },
            .. options.Segment is { } segment && schema.TryGetColumn(segment, out DatasetColumn? found) && !found.IsVector ? (string[])[segment] : [],
        ];
        return (numbers, [.. columns.Distinct()]);
    }

    public void Read(RowBlock block, LabelJoin join, MonitorBoard board, EventClock clock)
    {
        float[] values = ((FixedColumn<float>)block.Columns[_value]).Values;
        float[]? predictions = _predicted < 0 ? null : ((FixedColumn<float>)block.Columns[_predicted]).Values;
        for (int row = 0; row < block.Rows; row++)
        {
            long time = Cells.Number(block, _timestamp, row) ?? block.Timestamps[row];
            clock.Observe(block.Partitions[row], time);
            Rows++;
            float value = values[row];
            if (float.IsNaN(value) || _keys.Of(block, row) is not { } key)
            {
                Unusable++;
                continue;
            }

            float predicted = predictions?[row] ?? float.NaN;
            bool isPositive = float.IsNaN(predicted) ? value >= (_isProbability ? 0.5f : 0) && value != 0 : predicted > 0.5f;
            string? segment = _segment < 0 ? null : Cells.Text(block, _segment, row, _segmentColumn!);
            join.AddScore(key, new Score(VersionOf(block, row, board), value, isPositive, new RowOrder(time, block.Partitions[row], block.Offsets[row]), segment));
        }
    }

    private static bool IsNumber(DatasetSchema schema, string name) =>
        schema.TryGetColumn(name, out DatasetColumn? column) && column is { IsVector: false, Type: <= ColumnType.Double, Part: null };

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
