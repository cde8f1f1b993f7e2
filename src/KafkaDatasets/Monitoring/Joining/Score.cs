namespace KafkaDatasets.Monitoring.Joining;

/// <summary>A model's prediction for one row.</summary>
/// <param name="Version">The number of the model's version, in the order in which versions are first seen.</param>
/// <param name="Prediction">The prediction.</param>
/// <param name="Order">The event time, and the position of the record in the scores topic.</param>
/// <param name="Segment">The segment of the row, or null.</param>
internal readonly record struct Score(int Version, Prediction Prediction, RowOrder Order, string? Segment);
