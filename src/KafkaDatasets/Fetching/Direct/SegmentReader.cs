using KafkaDatasets.Fetching.Direct.Records;

namespace KafkaDatasets.Fetching.Direct;

/// <summary>One segment of a pass: the slices fetched but not yet read, the partition's leader, and its errors.</summary>
/// <remarks>Except for <see cref="Decoder"/>, <see cref="Ahead"/> and <see cref="Ready"/>, which belong to the reader, only <see cref="SegmentTable"/> writes the state, under its lock.</remarks>
internal sealed class SegmentReader(long segment, PartitionRange range, SliceDecoder decoder)
{
    public long Segment => segment;

    public PartitionRange Range => range;

    public SliceDecoder Decoder => decoder;

    /// <summary>The next chunk, while it is decoded; the decoder belongs to it until it is taken. Null: no chunk has been decoded in this way.</summary>
    public ChunkAhead? Ahead { get; set; }

    /// <summary>Wakes the reader when there is a slice, an error, or the end.</summary>
    public AsyncSignal Ready { get; } = new();

    public Queue<FetchedSlice> Slices { get; } = new();

    /// <summary>The offset to fetch next.</summary>
    public long FetchPosition { get; set; } = range.Start;

    /// <summary>Whether a fetched batch ended at <see cref="FetchPosition"/>.</summary>
    public bool IsContinued { get; set; }

    public bool IsFetched => FetchPosition >= range.End;

    /// <summary>Whether the reader is waiting for this segment.</summary>
    public bool IsAwaited { get; set; }

    /// <summary>Whether a request for it is in progress.</summary>
    public bool IsAsked { get; set; }

    /// <summary>The bytes of its slices that are not being read yet.</summary>
    public long BytesAhead { get; set; }

    /// <summary>The fetcher of the segment; null when its leader must be found.</summary>
    public BrokerFetcher? Fetcher { get; set; }

    public int LeaderEpoch { get; set; } = -1;

    public int LastFetchedEpoch { get; set; } = -1;

    /// <summary>The replica that the leader names to fetch from instead of itself; −1 for none.</summary>
    public int PreferredReplica { get; set; } = -1;

    /// <summary>The length of its largest recent batches; 0 when unknown.</summary>
    public int BatchEstimate { get; set; }

    /// <summary>When fetching it began to fail; null when it does not fail.</summary>
    public long? FailingSince { get; set; }

    public int Attempts { get; set; }

    /// <summary>When to look up its leader again.</summary>
    public long NotBefore { get; set; }

    /// <summary>The error that ends the reading.</summary>
    public Exception? Error { get; set; }

    /// <summary>Whether there is something left to fetch.</summary>
    public bool IsActive => Error is null && !IsFetched;
}
