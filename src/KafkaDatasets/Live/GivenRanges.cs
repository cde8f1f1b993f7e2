namespace KafkaDatasets.Live;

/// <summary>The offsets that a batch covers, and whether its reader is done with it. Guarded by the session's lock.</summary>
/// <param name="parts">The ranges, each with its partition.</param>
/// <param name="epoch">The epoch in which they were read.</param>
internal sealed class GivenRanges(IReadOnlyList<(OwnedPartition Owner, PartitionRange Range)> parts, int epoch)
{
    public int Epoch => epoch;

    public IReadOnlyList<(OwnedPartition Owner, PartitionRange Range)> Parts => parts;

    public IReadOnlyList<PartitionRange> Ranges { get; } = [.. parts.Select(p => p.Range)];

    /// <summary>Whether the reader has committed it.</summary>
    public bool IsCommitted { get; set; }

    /// <summary>Whether the reader has committed or disposed the batch, so that a rebalance need not wait for it.</summary>
    public bool IsFinished { get; set; }
}
