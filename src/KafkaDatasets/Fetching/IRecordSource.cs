namespace KafkaDatasets.Fetching;

/// <summary>One pass over the records of a snapshot, fetched ahead in the background within a bound of bytes.</summary>
/// <remarks>
/// One caller at a time. The caller takes chunks from the partitions in whatever order it needs them; a partition that it waits for
/// is fetched whatever the bound says, so that it can never wait in vain. Disposing ends every wait and gives all resources back.
/// </remarks>
internal interface IRecordSource : IAsyncDisposable
{
    /// <summary>The next chunk of a partition, with one reference that is the caller's; null when the partition's position has reached its end.</summary>
    /// <param name="partitionIndex">The index in <see cref="DatasetSnapshot.Partitions"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="KafkaDatasetException">What went wrong, with topic, partition and offset.</exception>
    ValueTask<RecordChunk?> ReadAsync(int partitionIndex, CancellationToken cancellationToken);
}
