namespace KafkaDatasets.Fetching;

/// <summary>One pass over the records of a snapshot in a given order, prefetched in the background within a memory limit.</summary>
/// <remarks>
/// Not thread-safe. The caller takes the pieces of the order in turn; a segment that it waits for
/// is fetched even when the limit is reached, so the caller never waits forever. Disposing ends all waits and releases all resources.
/// </remarks>
internal interface IRecordSource : IAsyncDisposable
{
    /// <summary>Reads the next chunk of a segment, with one reference that the caller owns; returns null when the segment has been read to its end.</summary>
    /// <param name="segment">The segment, by its index in the order; in canonical order this is the index of the partition.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="KafkaDatasetException">The read failed; the message names the topic, partition and offset.</exception>
    ValueTask<RecordChunk?> ReadAsync(long segment, CancellationToken cancellationToken);
}
