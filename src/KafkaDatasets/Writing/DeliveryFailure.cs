using Confluent.Kafka;

namespace KafkaDatasets.Writing;

/// <summary>Why a row, or the whole writer, was refused.</summary>
/// <param name="Error">What was said.</param>
/// <param name="Partition">The partition that the row was for, where it is about one.</param>
internal sealed record DeliveryFailure(Error Error, int? Partition);
