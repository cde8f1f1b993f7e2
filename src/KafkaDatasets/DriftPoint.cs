namespace KafkaDatasets;

/// <summary>A point at which a detector found that a model's errors have changed.</summary>
/// <param name="Time">The event time of the row.</param>
/// <param name="Row">The number of rows with labels of this version up to the point.</param>
/// <param name="Detector">The detector's name.</param>
public sealed record DriftPoint(DateTimeOffset Time, long Row, string Detector)
{
    /// <summary>
    /// The event time at which the change began, as far as the detector tells: the start of ADWIN's window or KSWIN's latest sample, or the first of the warnings before the change; otherwise <see cref="Time"/>.
    /// Rows from then on are those to train the next model from.
    /// </summary>
    public DateTimeOffset Since { get; init; } = Time;
}
