namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>Sees every slice that a pass has fetched, before it is read.</summary>
internal interface ISliceTap
{
    /// <summary>Takes what was fetched of a partition. It keeps nothing of the buffer, and throws nothing.</summary>
    /// <param name="topicId">The topic's id, which the brokers confirmed.</param>
    /// <param name="partition">The partition's number.</param>
    /// <param name="slice">The batches; none where the offsets have no batch.</param>
    /// <param name="nextOffset">The offset up to which they hold everything from the one that was asked for.</param>
    void Take(Guid topicId, int partition, in FetchedSlice slice, long nextOffset);
}
