using KafkaDatasets.Monitoring.Joining;
using KafkaDatasets.Monitoring.Metrics;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Monitoring.Streams;

/// <summary>Predictions of a number.</summary>
internal sealed class NumberPredictions : PredictionReader
{
    private readonly string _name;
    private int _value;

    public NumberPredictions(DatasetSchema scores, MonitorOptions options, List<string> faults)
    {
        _name = options.Score;
        if (!IsNumber(scores, _name))
        {
            faults.Add(Lacking(scores, options, $"no number '{_name}'", nameof(MonitorOptions.Score)));
        }
    }

    public override IReadOnlyList<TensorColumn> Numbers => [TensorColumn.Single(_name)];

    public override MetricsAccumulator CreateAccumulator() => new NumberAccumulator();

    public override void Bind(RowLayout layout) => _value = layout.Field(_name);

    public override Prediction? Read(RowBlock block, int row) => Cells.Single(block, _value, row) is var value && float.IsFinite(value) ? new Prediction(value) : null;
}
