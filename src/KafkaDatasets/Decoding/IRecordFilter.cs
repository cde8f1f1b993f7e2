using KafkaDatasets.Fetching;

namespace KafkaDatasets.Decoding;

/// <summary>Chooses the records that become rows. Several threads use it at the same time.</summary>
internal interface IRecordFilter
{
    /// <summary>Marks the chosen records of a chunk.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="start">The first record.</param>
    /// <param name="count">How many records.</param>
    /// <param name="chosen">A mark for each of them; all are false at first.</param>
    /// <param name="cancellationToken">Ends the wait for a schema.</param>
    ValueTask ChooseAsync(RecordChunk chunk, int start, int count, Memory<bool> chosen, CancellationToken cancellationToken);
}
