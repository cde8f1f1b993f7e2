using Confluent.Kafka;

namespace KafkaDatasets.Writing;

/// <summary>Why a row, or every row of a writer, was refused.</summary>
/// <param name="Error">The client's error.</param>
/// <param name="Partition">The row's partition, or null when the error concerns the whole writer.</param>
internal sealed record DeliveryFailure(Error Error, int? Partition);
