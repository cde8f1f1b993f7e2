using Confluent.Kafka;

namespace KafkaDatasets.Clients;

/// <summary>Partitions of a topic have no replica in sync, and so no leader.</summary>
internal sealed class LeaderlessException(IReadOnlyList<int> partitions)
    : KafkaException(new Error(ErrorCode.LeaderNotAvailable, $"Partition {string.Join(", ", partitions)} has no replica in sync"))
{
    public IReadOnlyList<int> Partitions => partitions;
}
