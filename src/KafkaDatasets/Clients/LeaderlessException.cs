using Confluent.Kafka;

namespace KafkaDatasets.Clients;

/// <summary>Partitions of a topic have no replica in sync, and so no leader.</summary>
internal sealed class LeaderlessException(IReadOnlyList<int> partitions)
    : KafkaException(new Error(ErrorCode.LeaderNotAvailable, $"{(partitions.Count == 1 ? "partition" : "partitions")} {string.Join(", ", partitions)} {(partitions.Count == 1 ? "has" : "have")} no replica in sync"))
{
    public IReadOnlyList<int> Partitions => partitions;
}
