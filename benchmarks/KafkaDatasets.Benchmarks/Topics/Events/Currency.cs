namespace KafkaDatasets.Benchmarks.Topics.Events;

/// <summary>The currency of a <see cref="Payment"/>.</summary>
internal enum Currency
{
    EUR,
    USD,
    GBP,
    JPY,
}
