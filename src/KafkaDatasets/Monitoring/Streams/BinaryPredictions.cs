using KafkaDatasets.Monitoring.Joining;
using KafkaDatasets.Monitoring.Metrics;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Monitoring.Streams;

/// <summary>Predictions of one of two classes: a probability or a raw score, and the class if the topic has it.</summary>
internal sealed class BinaryPredictions : PredictionReader
{
    /// <summary>By how much a probability may be beyond its range: sums of rounded numbers are.</summary>
    private const float Tolerance = 1e-3f;

    private readonly bool _isProbability;
    private readonly string _valueName;
    private readonly string? _classNamed;
    private int _value;
    private int _class;

    public BinaryPredictions(DatasetSchema scores, MonitorOptions options, List<string> faults)
    {
        _isProbability = IsNumber(scores, options.Probability);
        _valueName = _isProbability ? options.Probability : options.Score;
        _classNamed = IsNumber(scores, options.PredictedLabel) ? options.PredictedLabel : null;
        if (!IsNumber(scores, _valueName))
        {
            faults.Add(Lacking(scores, options, $"neither a number '{options.Probability}' nor a number '{options.Score}'", $"{nameof(MonitorOptions.Probability)} or {nameof(MonitorOptions.Score)}"));
        }
    }

    public override IReadOnlyList<TensorColumn> Numbers => _classNamed is null ? [TensorColumn.Single(_valueName)] : [TensorColumn.Single(_valueName), TensorColumn.Single(_classNamed)];

    public override MetricsAccumulator CreateAccumulator() => new BinaryAccumulator(_isProbability);

    public override void Bind(RowLayout layout)
    {
        _value = layout.Field(_valueName);
        _class = _classNamed is null ? -1 : layout.Field(_classNamed);
    }

    public override Prediction? Read(RowBlock block, int row)
    {
        float value = Cells.Single(block, _value, row);
        if (float.IsNaN(value))
        {
            return null;
        }

        if (_isProbability && value is (< -Tolerance or > 1 + Tolerance))
        {
            OutOfRange++;
            return null;
        }

        float predicted = _class < 0 ? float.NaN : Cells.Single(block, _class, row);
        bool isPositive = float.IsNaN(predicted) ? value >= (_isProbability ? 0.5f : 0) && value != 0 : predicted > 0.5f;
        return new Prediction(value, isPositive ? 1 : 0);
    }
}
