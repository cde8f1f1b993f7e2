using Confluent.Kafka;

namespace KafkaDatasets.Writing;

/// <summary>The first row that was refused.</summary>
/// <param name="Error">Why.</param>
/// <param name="Partition">The partition it was for.</param>
internal sealed record DeliveryFailure(Error Error, int Partition);
