namespace KafkaDatasets.Monitoring.Joining;

/// <summary>The truth about one row.</summary>
/// <param name="Value">The class as a whole number, 0 or 1 if there are two; or the number that was to be predicted.</param>
/// <param name="Order">The event time, and the position of the record in the labels topic.</param>
/// <param name="Segment">The segment of the row, or null.</param>
/// <param name="InputTopic">The number of the topic that the position is of; 0 if it is not known, or labels are not joined by position.</param>
internal readonly record struct Label(float Value, RowOrder Order, string? Segment, int InputTopic = 0);
