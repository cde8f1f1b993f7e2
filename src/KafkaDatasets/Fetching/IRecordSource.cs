namespace KafkaDatasets.Fetching;

/// <summary>One pass over the records of a snapshot in a given order, fetched ahead in the background within a bound of bytes.</summary>
/// <remarks>
/// One caller at a time. The caller takes the pieces of the order in turn; a segment that it waits for
/// is fetched even when the bound is reached, so that the caller never waits for ever. Disposing ends every wait and gives all resources back.
/// </remarks>
internal interface IRecordSource : IAsyncDisposable
{
    /// <summary>The next chunk of a segment, with one reference that is the caller's; null when the segment has been read to its end.</summary>
    /// <param name="segment">The segment, by its index in the order; in canonical order the index of the partition.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="KafkaDatasetException">What went wrong, with topic, partition and offset.</exception>
    ValueTask<RecordChunk?> ReadAsync(long segment, CancellationToken cancellationToken);
}
