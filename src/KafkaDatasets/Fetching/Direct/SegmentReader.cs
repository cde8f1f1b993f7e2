using KafkaDatasets.Fetching.Direct.Records;

namespace KafkaDatasets.Fetching.Direct;

/// <summary>One segment of a pass: what was fetched of it and is not read yet, who leads its partition, and what ails it.</summary>
/// <remarks>All but <see cref="Decoder"/> and <see cref="Ready"/>, which are the reader's, is written by <see cref="SegmentTable"/> alone, under its lock.</remarks>
internal sealed class SegmentReader(long segment, PartitionRange range, SliceDecoder decoder)
{
    public long Segment => segment;

    public PartitionRange Range => range;

    public SliceDecoder Decoder => decoder;

    /// <summary>Wakes the reader: there is a slice, an error, or the end.</summary>
    public AsyncSignal Ready { get; } = new();

    public Queue<FetchedSlice> Slices { get; } = new();

    /// <summary>The offset to fetch next.</summary>
    public long FetchPosition { get; set; } = range.Start;

    /// <summary>Whether a batch that was fetched ended at <see cref="FetchPosition"/>.</summary>
    public bool IsContinued { get; set; }

    public bool IsFetched => FetchPosition >= range.End;

    /// <summary>Whether the reader waits for it.</summary>
    public bool IsAwaited { get; set; }

    /// <summary>The bytes of its slices that nobody has begun to read.</summary>
    public long Ahead { get; set; }

    /// <summary>Who fetches it; null: its leader must be found.</summary>
    public BrokerFetcher? Fetcher { get; set; }

    public int LeaderEpoch { get; set; } = -1;

    public int LastFetchedEpoch { get; set; } = -1;

    /// <summary>The replica to fetch from instead of the leader, by the leader's word; −1: none.</summary>
    public int PreferredReplica { get; set; } = -1;

    /// <summary>The length of its largest recent batches; 0: not known.</summary>
    public int BatchEstimate { get; set; }

    /// <summary>Since when fetching it has failed; null: it does not fail.</summary>
    public long? FailingSince { get; set; }

    public int Attempts { get; set; }

    /// <summary>When to look for its leader again.</summary>
    public long NotBefore { get; set; }

    /// <summary>Why reading it ends.</summary>
    public Exception? Error { get; set; }

    /// <summary>Whether there is something left to fetch.</summary>
    public bool IsActive => Error is null && !IsFetched;
}
