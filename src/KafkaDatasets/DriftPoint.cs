namespace KafkaDatasets;

/// <summary>A point at which a detector found that a model's errors have changed.</summary>
/// <param name="Time">The event time of the row.</param>
/// <param name="Row">The number of rows with labels of this version up to the point.</param>
/// <param name="Detector">The detector's name.</param>
public sealed record DriftPoint(DateTimeOffset Time, long Row, string Detector);
