namespace KafkaDatasets.Monitoring.Joining;

/// <summary>A model's prediction for one row.</summary>
/// <param name="Version">The number of the model's version, in the order in which versions are first seen.</param>
/// <param name="Prediction">The prediction.</param>
/// <param name="Order">The event time, and the position of the record in the scores topic.</param>
/// <param name="Segment">The segment of the row, or null.</param>
/// <param name="InputTopic">The number of the topic that the position is of; 0 if it is not known, or scores are not joined by position.</param>
internal readonly record struct Score(int Version, Prediction Prediction, RowOrder Order, string? Segment, int InputTopic = 0);
