namespace KafkaDatasets.Monitoring.Reports;

/// <summary>The figures of a window, as written to the results topic. A figure that is not known is null.</summary>
internal sealed record WindowRecord(
    string Version,
    long Window,
    DateTimeOffset Start,
    DateTimeOffset End,
    long Rows,
    long Unmatched,
    long Positive,
    double? Accuracy,
    double? Auc,
    double? LogLoss,
    double? CalibrationError)
{
    public static WindowRecord Of(string version, MetricsWindow window) => new(
        version,
        window.Number,
        window.Start,
        window.End,
        window.Metrics.Rows,
        window.Metrics.Unmatched,
        window.Metrics.Positive,
        Known(window.Metrics.Accuracy),
        Known(window.Metrics.Auc),
        Known(window.Metrics.LogLoss),
        Known(window.Metrics.CalibrationError));

    private static double? Known(double value) => double.IsNaN(value) ? null : value;
}
