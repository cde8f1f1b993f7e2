namespace KafkaDatasets;

/// <summary>The figures of one model version: in total, over time and by segment.</summary>
public sealed class ModelReport
{
    internal ModelReport(string version, ModelMetrics metrics, IReadOnlyList<MetricsWindow> windows, IReadOnlyList<DriftPoint> drifts, IReadOnlyDictionary<string, ModelMetrics> segments)
    {
        Version = version;
        Metrics = metrics;
        Windows = windows;
        Drifts = drifts;
        Segments = segments;
    }

    /// <summary>The model's version; <c>unknown</c> for scores without the header.</summary>
    public string Version { get; }

    /// <summary>The figures of all rows.</summary>
    public ModelMetrics Metrics { get; }

    /// <summary>The figures of each window, the latest 10,000; the last one may not have ended.</summary>
    public IReadOnlyList<MetricsWindow> Windows { get; }

    /// <summary>The points at which the model's errors have changed.</summary>
    public IReadOnlyList<DriftPoint> Drifts { get; }

    /// <summary>The figures of each segment, the first 100 that were seen; the others together are <c>(others)</c>. Empty without <see cref="MonitorOptions.Segment"/>.</summary>
    public IReadOnlyDictionary<string, ModelMetrics> Segments { get; }
}
