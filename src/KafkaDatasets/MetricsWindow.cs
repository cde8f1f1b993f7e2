namespace KafkaDatasets;

/// <summary>The figures of one window of rows of one model version.</summary>
/// <param name="Number">The number of the window, from 0.</param>
/// <param name="Start">When the window begins: for a window of rows, the event time of its first row.</param>
/// <param name="End">When the window ends: for a window of rows, the event time of its last row.</param>
/// <param name="Metrics">The figures.</param>
public sealed record MetricsWindow(long Number, DateTimeOffset Start, DateTimeOffset End, ModelMetrics Metrics);
