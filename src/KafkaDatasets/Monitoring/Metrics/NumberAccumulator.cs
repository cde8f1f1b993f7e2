using KafkaDatasets.Monitoring.Joining;

namespace KafkaDatasets.Monitoring.Metrics;

/// <summary>The metrics of predicted numbers.</summary>
internal sealed class NumberAccumulator : MetricsAccumulator
{
    private double _errors;
    private double _absoluteErrors;
    private double _squaredErrors;
    private double _meanLabel;
    private double _labelSpread;

    public override double ErrorOf(in Prediction prediction, float label) => Math.Abs((double)prediction.Value - label);

    public override ModelMetrics ToMetrics() => new()
    {
        Rows = Rows,
        Unmatched = Unmatched,
        Positive = 0,
        Accuracy = double.NaN,
        Auc = double.NaN,
        LogLoss = double.NaN,
        CalibrationError = double.NaN,
        Calibration = [],
        Regression = new NumberMetrics
        {
            MeanError = Mean(_errors),
            MeanAbsoluteError = Mean(_absoluteErrors),
            RootMeanSquaredError = Math.Sqrt(Mean(_squaredErrors)),
            RSquared = _labelSpread > 0 ? 1 - (_squaredErrors / _labelSpread) : double.NaN,
        },
    };

    protected override void Count(in Prediction prediction, float label)
    {
        double error = (double)prediction.Value - label;
        _errors += error;
        _absoluteErrors += Math.Abs(error);
        _squaredErrors += error * error;

        // Welford's update: the difference of two large sums would lose the digits that count.
        double distance = label - _meanLabel;
        _meanLabel += distance / Rows;
        _labelSpread += distance * (label - _meanLabel);
    }
}
