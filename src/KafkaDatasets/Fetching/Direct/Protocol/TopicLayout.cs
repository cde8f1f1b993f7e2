namespace KafkaDatasets.Fetching.Direct.Protocol;

/// <summary>A topic as Metadata describes it.</summary>
/// <param name="Error">The error of the topic.</param>
/// <param name="Id">Its id; null when the broker does not support topic ids.</param>
/// <param name="Partitions">The leader of each partition.</param>
/// <param name="Brokers">The address of each broker of the cluster.</param>
internal sealed record TopicLayout(
    ErrorCode Error,
    Guid? Id,
    IReadOnlyDictionary<int, PartitionLeader> Partitions,
    IReadOnlyDictionary<int, BrokerEndpoint> Brokers);
