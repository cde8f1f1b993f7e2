namespace KafkaDatasets.Fetching.Direct.Protocol;

/// <summary>A topic as Metadata describes it.</summary>
/// <param name="Error">The error of the topic.</param>
/// <param name="Id">Its id, or null where the broker has none.</param>
/// <param name="Partitions">The leader of each partition.</param>
/// <param name="Brokers">Where each broker of the cluster listens.</param>
internal sealed record TopicLayout(
    ErrorCode Error,
    Guid? Id,
    IReadOnlyDictionary<int, PartitionLeader> Partitions,
    IReadOnlyDictionary<int, BrokerEndpoint> Brokers);
