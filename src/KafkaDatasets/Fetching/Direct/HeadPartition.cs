using KafkaDatasets.Fetching.Direct.Records;

namespace KafkaDatasets.Fetching.Direct;

/// <summary>A partition that is followed at the head of the log.</summary>
/// <remarks>Position, decoder and attempts belong to whoever has the partition: the fetcher, or who finds one; <see cref="DirectHead"/> guards the rest with its lock.</remarks>
internal sealed class HeadPartition(int partition, long position, int epoch, SliceDecoder decoder)
{
    private volatile bool _isFollowed = true;

    public int Partition => partition;

    /// <summary>The epoch of the read.</summary>
    public int Epoch => epoch;

    public SliceDecoder Decoder => decoder;

    /// <summary>The offset to fetch next.</summary>
    public long Position { get; set; } = position;

    /// <summary>Whether a fetched batch ended at <see cref="Position"/>.</summary>
    public bool IsContinued { get; set; }

    public int LastFetchedEpoch { get; set; } = -1;

    public int LeaderEpoch { get; set; } = -1;

    /// <summary>The replica that the leader names to fetch from instead of itself; −1 for none.</summary>
    public int PreferredReplica { get; set; } = -1;

    /// <summary>The connection on which the partition is fetched; null when its leader must be found.</summary>
    public HeadLane? Lane { get; set; }

    /// <summary>How often its leader has been looked for since the last success.</summary>
    public int Attempts { get; set; }

    /// <summary>When to look for its leader again.</summary>
    public long NotBefore { get; set; }

    /// <summary>Whether it is still followed.</summary>
    public bool IsFollowed
    {
        get => _isFollowed;
        set => _isFollowed = value;
    }
}
