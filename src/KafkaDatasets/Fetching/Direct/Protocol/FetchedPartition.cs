namespace KafkaDatasets.Fetching.Direct.Protocol;

/// <summary>One partition of a Fetch response, without its records.</summary>
internal struct FetchedPartition
{
    public int Partition;
    public ErrorCode Error;
    public long HighWatermark;
    public long LastStableOffset;
    public long LogStartOffset;

    /// <summary>The aborted transactions; null when there are none.</summary>
    public AbortedTransaction[]? AbortedTransactions;

    /// <summary>The broker to fetch from instead; −1 for this one.</summary>
    public int PreferredReplica;

    public int RecordsLength;
}
