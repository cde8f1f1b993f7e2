namespace KafkaDatasets.Benchmarks.Topics.Events;

/// <summary>The currency of a <see cref="PaymentRecord"/>, as Avro's code generator makes it.</summary>
public enum PaymentCurrency
{
    EUR,
    USD,
    GBP,
    JPY,
}
