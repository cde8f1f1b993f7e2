namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>Receives every slice that a pass has fetched, before it is read.</summary>
internal interface ISliceTap
{
    /// <summary>Processes a fetched slice of a partition, without keeping the buffer and without throwing.</summary>
    /// <param name="topicId">The topic's id, which the brokers confirmed.</param>
    /// <param name="partition">The partition's number.</param>
    /// <param name="slice">The batches; empty when the offsets have no batch.</param>
    /// <param name="nextOffset">The offset up to which the slice is complete, from the one that was requested.</param>
    /// <param name="logStart">The offset at which the log began when the slice was fetched.</param>
    void Take(Guid topicId, int partition, in FetchedSlice slice, long nextOffset, long logStart);
}
