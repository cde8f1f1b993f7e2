namespace KafkaDatasets.Monitoring.Joining;

/// <summary>The true class of one row.</summary>
/// <param name="IsPositive">The class.</param>
/// <param name="Order">The event time, and the position of the record in the labels topic.</param>
/// <param name="Segment">The segment of the row, or null.</param>
internal readonly record struct Label(bool IsPositive, RowOrder Order, string? Segment);
