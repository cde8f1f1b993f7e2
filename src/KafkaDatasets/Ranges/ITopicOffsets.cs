namespace KafkaDatasets.Ranges;

/// <summary>The broker queries that are needed to resolve a range.</summary>
internal interface ITopicOffsets
{
    /// <summary>The topic's id and partitions.</summary>
    /// <exception cref="TopicNotFoundException">The topic does not exist.</exception>
    /// <exception cref="BrokerException">No broker could be reached in time, or access was refused.</exception>
    ValueTask<TopicMetadata> DescribeTopicAsync(string topic, CancellationToken cancellationToken);

    /// <summary>Returns one offset for each partition, in the order given.</summary>
    ValueTask<long[]> ListOffsetsAsync(string topic, IReadOnlyList<int> partitions, OffsetQuery query, CancellationToken cancellationToken);
}
