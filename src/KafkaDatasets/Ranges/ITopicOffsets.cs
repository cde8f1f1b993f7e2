namespace KafkaDatasets.Ranges;

/// <summary>What resolving a range asks of the brokers.</summary>
internal interface ITopicOffsets
{
    /// <summary>The topic's id and partitions.</summary>
    /// <exception cref="TopicNotFoundException">There is no such topic.</exception>
    /// <exception cref="BrokerException">No broker could be reached in time, or access was refused.</exception>
    ValueTask<TopicMetadata> DescribeTopicAsync(string topic, CancellationToken cancellationToken);

    /// <summary>One offset for each partition, in their order.</summary>
    ValueTask<long[]> ListOffsetsAsync(string topic, IReadOnlyList<int> partitions, OffsetQuery query, CancellationToken cancellationToken);
}
