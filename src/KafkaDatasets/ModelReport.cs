namespace KafkaDatasets;

/// <summary>The figures of one model version: in total, over time and by segment.</summary>
public sealed class ModelReport
{
    internal ModelReport(string version, ModelMetrics metrics, IReadOnlyList<MetricsWindow> windows, IReadOnlyList<DriftPoint> drifts, IReadOnlyList<DriftPoint> distinctDrifts, IReadOnlyDictionary<string, ModelMetrics> segments)
    {
        Version = version;
        Metrics = metrics;
        Windows = windows;
        Drifts = drifts;
        DistinctDrifts = distinctDrifts;
        Segments = segments;
    }

    /// <summary>The model's version; <c>unknown</c> for scores without the header.</summary>
    public string Version { get; }

    /// <summary>The figures of all rows.</summary>
    public ModelMetrics Metrics { get; }

    /// <summary>The figures of each window, the latest 10,000; the last one may not have ended.</summary>
    public IReadOnlyList<MetricsWindow> Windows { get; }

    /// <summary>Every point at which the detector found that the model's errors have changed. A detector may find one drift several times, while the rows before it leave its window.</summary>
    public IReadOnlyList<DriftPoint> Drifts { get; }

    /// <summary>
    /// The drifts, each once: the first point of those that belong together, because the change began before the point before it was found, or because both lie within one window of rows.
    /// <see cref="DriftPoint.Since"/> is the latest of theirs. The HTML page and its plots show these.
    /// </summary>
    public IReadOnlyList<DriftPoint> DistinctDrifts { get; }

    /// <summary>The figures of each segment, the first 100 that were seen; the others together are <c>(others)</c>. Empty without <see cref="MonitorOptions.Segment"/>.</summary>
    public IReadOnlyDictionary<string, ModelMetrics> Segments { get; }
}
