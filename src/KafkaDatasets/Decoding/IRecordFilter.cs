using KafkaDatasets.Fetching;

namespace KafkaDatasets.Decoding;

/// <summary>Chooses the records that become rows; thread-safe.</summary>
internal interface IRecordFilter
{
    /// <summary>Marks the chosen records of a chunk.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="start">The index of the first record.</param>
    /// <param name="count">The number of records.</param>
    /// <param name="chosen">A flag for each record; all are false at first.</param>
    /// <param name="cancellationToken">Cancels the wait for a schema.</param>
    ValueTask ChooseAsync(RecordChunk chunk, int start, int count, Memory<bool> chosen, CancellationToken cancellationToken);

    /// <inheritdoc cref="IRowDecoder.ThrowIfNothingDecoded"/>
    void ThrowIfNothingDecoded();
}
