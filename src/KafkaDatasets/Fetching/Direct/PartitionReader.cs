using KafkaDatasets.Fetching.Direct.Records;

namespace KafkaDatasets.Fetching.Direct;

/// <summary>One partition of a pass: what was fetched of it and is not read yet, who leads it, and what ails it.</summary>
/// <remarks>All but <see cref="Decoder"/>, which is the reader's, is guarded by the source's lock.</remarks>
internal sealed class PartitionReader
{
    private readonly DirectSource _source;

    public PartitionReader(DirectSource source, int index, PartitionRange range, string topic, Decompressor decompressor, BufferPool buffers)
    {
        _source = source;
        Index = index;
        Range = range;
        FetchPosition = range.Start;
        Decoder = new SliceDecoder(topic, range, decompressor, buffers, this);
    }

    public int Index { get; }

    public PartitionRange Range { get; }

    public SliceDecoder Decoder { get; }

    /// <summary>Wakes the reader: there is a slice, an error, or the end.</summary>
    public AsyncSignal Ready { get; } = new();

    public Queue<FetchedSlice> Slices { get; } = new();

    /// <summary>The offset to fetch next.</summary>
    public long FetchPosition { get; set; }

    /// <summary>Whether a batch that was fetched ended there.</summary>
    public bool IsContinued { get; set; }

    public bool IsFetched => FetchPosition >= Range.End;

    /// <summary>Whether the reader waits for it.</summary>
    public bool IsAwaited { get; set; }

    /// <summary>The bytes of its slices that nobody has begun to read.</summary>
    public long Ahead { get; set; }

    /// <summary>How much of it may be fetched ahead, while others are behind.</summary>
    public long Quota => _source.Quota;

    /// <summary>Who fetches it; null: its leader must be found.</summary>
    public BrokerFetcher? Fetcher { get; set; }

    public int LeaderEpoch { get; set; } = -1;

    public int LastFetchedEpoch { get; set; } = -1;

    /// <summary>The replica to fetch from instead of the leader, by the leader's word; −1: none.</summary>
    public int PreferredReplica { get; set; } = -1;

    /// <summary>The length of its largest batches of late; 0: not known.</summary>
    public int BatchEstimate { get; set; }

    /// <summary>Since when it has been tried in vain; null: it has not.</summary>
    public long? FailingSince { get; set; }

    public int Attempts { get; set; }

    /// <summary>When to look for its leader again.</summary>
    public long NotBefore { get; set; }

    /// <summary>Why reading it ends.</summary>
    public Exception? Error { get; set; }

    /// <summary>Whether there is something to fetch still.</summary>
    public bool IsActive => Error is null && !IsFetched;

    /// <summary>Whether a corrupt batch is to be passed over; it is counted and logged then.</summary>
    public bool MayPassOver(long from, long to) => _source.MayPassOver(Range.Partition, from, to);

    /// <summary>Counts memory that is taken, or, negative, given back.</summary>
    public void OnBuffer(int bytes) => _source.OnBuffer(bytes);

    /// <summary>Learns how much memory batches take that are being read.</summary>
    public void OnOpened(int bytes) => _source.OnOpened(bytes);
}
