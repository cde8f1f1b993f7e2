namespace KafkaDatasets.Fetching;

/// <summary>The seam between the library and a way to talk to brokers: what opening a dataset asks, and the passes over it.</summary>
/// <remarks>Safe for any number of threads. Between passes it holds nothing that an idle time-out does not give back.</remarks>
internal interface IFetchEngine : IAsyncDisposable
{
    /// <summary>The topic's id and partitions.</summary>
    /// <exception cref="TopicNotFoundException">There is no such topic.</exception>
    /// <exception cref="BrokerException">No broker could be reached in time, or access was refused.</exception>
    ValueTask<TopicMetadata> DescribeTopicAsync(string topic, CancellationToken cancellationToken);

    /// <summary>One offset for each partition, in their order.</summary>
    ValueTask<long[]> ListOffsetsAsync(string topic, IReadOnlyList<int> partitions, OffsetQuery query, CancellationToken cancellationToken);

    /// <summary>Starts a pass over the snapshot. It throws nothing that needs a broker: faults appear at the first read.</summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="bytes">The bound on the bytes held in chunks.</param>
    IRecordSource OpenSource(DatasetSnapshot snapshot, long bytes);
}
