namespace KafkaDatasets.Fetching;

/// <summary>What an <see cref="IHeadReader"/> reports, on its own threads and without holding a lock.</summary>
internal interface IHeadEvents
{
    /// <summary>Records of followed partitions arrived; chunks without records say that offsets without rows have been passed.</summary>
    /// <param name="chunks">What arrived, in the order of the offsets of each partition; the receiver owns one reference to each chunk.</param>
    /// <param name="epoch">The epoch that they belong to.</param>
    /// <returns>The wait of the reader, which the caller must complete; null if the reader does not wait.</returns>
    TaskCompletionSource? OnRecords(IReadOnlyList<RecordChunk> chunks, int epoch);

    /// <summary>The position of a followed partition is not in its log. Waits for the brokers.</summary>
    /// <returns>The offset at which to go on.</returns>
    /// <exception cref="DataLossException">Offsets were lost, and must not be skipped.</exception>
    long OnOutOfRange(int partition, long position);

    /// <summary>A followed partition cannot be read any further.</summary>
    /// <param name="failure">Why.</param>
    /// <param name="epoch">The epoch that it belongs to.</param>
    void OnUnreadable(Exception failure, int epoch);
}
