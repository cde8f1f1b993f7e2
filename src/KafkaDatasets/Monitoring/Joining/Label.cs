namespace KafkaDatasets.Monitoring.Joining;

/// <summary>The truth about one row.</summary>
/// <param name="Value">The class as a whole number, 0 or 1 if there are two; or the number that was to be predicted.</param>
/// <param name="Order">The event time, and the position of the record in the labels topic.</param>
/// <param name="Segment">The segment of the row, or null.</param>
internal readonly record struct Label(float Value, RowOrder Order, string? Segment);
