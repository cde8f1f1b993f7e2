namespace KafkaDatasets.Ranges;

/// <summary>A permutation of a snapshot's offsets, computed rather than stored.</summary>
/// <remarks>
/// Blocks of consecutive offsets are permuted and assigned to lanes; the lanes are read in parallel,
/// each block from first to last, so that fetching stays sequential; and the rows of a window, which has one strip of each lane, are permuted.
/// Each lane begins at a different strip of its first block, and ends with the strips it left out: no two lanes are at the same place of their blocks,
/// and they never all need new blocks at once. A segment is a block, or a part of a lane's first one. Blocks at the end of a partition are shorter, and the last
/// lanes have one block less: their missing offsets are slots without a row, like the gaps of compaction, so that every place can be computed independently of earlier ones.
/// </remarks>
internal sealed class ShuffledOrder : ReadOrder
{
    /// <summary>
    /// The number of offsets that a window takes from a block, in the orders that are guaranteed to stay the same: the fewer, the larger the rows may be whose windows fit into the memory;
    /// the more, the less often the consumer engine has to seek.
    /// </summary>
    public const int DefaultStrip = 512;

    private const int LeastStrip = 8;

    /// <summary>The least number of blocks read in parallel, in all but short snapshots: more blocks mix better, but each takes the memory of a record batch.</summary>
    private const int LeastLanes = 64;

    /// <summary>The minimum block length: in shorter blocks, almost every record batch would be fetched several times.</summary>
    private const int ShortestBlock = 1024;

    /// <summary>Snapshots up to this length are one window, and so are shuffled completely.</summary>
    private const int OneWindow = LeastLanes * ShortestBlock;

    /// <summary>The maximum block length: many times that of a record batch, because a batch that spans two blocks is fetched twice.</summary>
    private const int LongestBlock = 1 << 17;

    /// <summary>The least number of blocks, in all but short snapshots: with fewer, the distances between neighbours in the shuffled order repeat too often.</summary>
    private const int LeastBlocks = 80;

    /// <summary>How many windows before it is needed a block is fetched.</summary>
    private const int WindowsAhead = 3;

    private readonly Shuffle _shuffle;
    private readonly KeyedPermutation _permutation;
    private readonly long[] _firstBlocks;
    private readonly ulong _key;
    private readonly int _strips;
    private readonly long _rounds;

    public ShuffledOrder(DatasetSnapshot snapshot, Shuffle shuffle, long start = 0, int? strip = null)
        : base(snapshot, start)
    {
        _shuffle = shuffle;
        StripLength = strip ?? StripOf(snapshot);
        _strips = Math.Max(1, ShortestBlock / StripLength);
        while (_strips * StripLength < LongestBlock && (long)_strips * StripLength * 2 * LeastBlocks <= snapshot.Length)
        {
            _strips *= 2; // short snapshots have shorter blocks, so that there are enough of them
        }

        _firstBlocks = new long[snapshot.Partitions.Count + 1];
        for (int i = 0; i < snapshot.Partitions.Count; i++)
        {
            long length = snapshot.Partitions[i].Length;
            _firstBlocks[i + 1] = _firstBlocks[i] + (length == 0 ? 0 : (length - 1) / BlockLength + 1);
        }

        long wanted = Math.Max(1, Blocks / LeastLanes);
        Lanes = (int)Math.Max(1, (Blocks + wanted - 1) / wanted);
        _rounds = (Blocks + Lanes - 1) / Lanes;
        _key = SplitMix.Mix(SplitMix.Mix((ulong)shuffle.Seed) + (ulong)shuffle.Epoch);
        _permutation = new KeyedPermutation(_key, Blocks);
    }

    /// <summary>The same order from another place on.</summary>
    public ShuffledOrder From(long place) => new(Snapshot, _shuffle, place, StripLength);

    /// <summary>The number of offsets that a window takes from a block.</summary>
    public int StripLength { get; }

    /// <summary>The number of offsets in a block.</summary>
    public int BlockLength => _strips * StripLength;

    /// <summary>The number of blocks that are read in parallel.</summary>
    public int Lanes { get; }

    /// <summary>The number of slots in a window.</summary>
    public int WindowSlots => Lanes * StripLength;

    public override long Length => Windows * WindowSlots;

    public override int ChunkRecords => StripLength;

    public override long FirstSegment => Window(Start) / _strips * Lanes;

    public override long SegmentCount => Blocks == 0 ? 0 : (_rounds + 1) * Lanes;

    public override long OffsetsBefore => Length == 0 ? 0 : (long)((double)Start / Length * Snapshot.Length);

    private long Blocks => _firstBlocks[^1];

    private long Windows => _rounds * _strips;

    public override ReadSegment Segment(long index)
    {
        ReadSegment segment = Whole(index);
        long first = NeededFrom(index);
        long skipped = Math.Max(0, Window(Start) - Math.Max(0, first)) * StripLength; // strips of windows before the place at which the pass begins
        return segment with { Start = segment.Start + Math.Min(skipped, segment.End - segment.Start) };
    }

    public override long TurnOf(long segment, long offset) => Math.Max(0, NeededFrom(segment)) + ((offset - Whole(segment).Start) / StripLength);

    public override long OpenUntil(long segment, long offset)
    {
        long window = TurnOf(segment, offset) + WindowsAhead;
        long until = Math.Min(SegmentCount, ((window / _strips) + 1) * Lanes);
        while (until < SegmentCount && NeededFrom(until) <= window)
        {
            until++;
        }

        return until;
    }

    public override IEnumerable<ReadPiece> Pieces()
    {
        var segments = new (long Index, ReadSegment Segment)[Lanes];
        Array.Fill(segments, (-1, default));
        var pieces = new List<ReadPiece>();
        for (long window = Window(Start); window < Windows; window++)
        {
            pieces.Clear();
            for (int lane = 0; lane < Lanes; lane++)
            {
                long index = ((window + Phase(lane)) / _strips * Lanes) + lane;
                if (segments[lane].Index != index)
                {
                    segments[lane] = (index, Whole(index));
                }

                ReadSegment segment = segments[lane].Segment;
                long skipped = (window - Math.Max(0, NeededFrom(index))) * StripLength;
                long left = segment.End - segment.Start - skipped;
                if (left > 0)
                {
                    long from = segment.Start + skipped;
                    pieces.Add(new ReadPiece(index, segment.PartitionIndex, from, from + Math.Min(left, StripLength), window, lane * StripLength));
                }
            }

            for (int i = 0; i < pieces.Count; i++)
            {
                yield return pieces[i] with { EndsWindow = i == pieces.Count - 1 };
            }
        }
    }

    /// <summary>The longest strip with which two windows of rows fit into a number of bytes: the larger the rows, the fewer per window.</summary>
    public static int StripWithin(long bytes, int bytesPerRow, DatasetSnapshot snapshot)
    {
        int strip = StripOf(snapshot);
        while (strip > LeastStrip && 2L * LeastLanes * 3 / 2 * strip * bytesPerRow > bytes)
        {
            strip /= 2;
        }

        return strip;
    }

    /// <summary>The turn of each slot of a window: when its row is read.</summary>
    /// <param name="window">The window.</param>
    /// <param name="used">An array to reuse.</param>
    public int[] TurnsOf(long window, int[]? used = null)
    {
        int[] turns = used?.Length == WindowSlots ? used : new int[WindowSlots];
        var random = new SplitMix(SplitMix.Mix(_key ^ SplitMix.Mix((ulong)window + 1)));
        for (int i = 0; i < turns.Length; i++)
        {
            int other = random.Below(i + 1);
            turns[i] = turns[other];
            turns[other] = i;
        }

        return turns;
    }

    private static int StripOf(DatasetSnapshot snapshot) => snapshot.Length <= OneWindow ? ShortestBlock : DefaultStrip;

    private long Window(long place) => place / WindowSlots;

    /// <summary>The strip of its first block at which a lane begins: the first lanes furthest, so that segments are needed in the order of their indices.</summary>
    private int Phase(long lane) => (int)((Lanes - 1 - lane) * _strips / Lanes);

    /// <summary>The window at which a segment's block would begin; for the first block of a lane, this is before the first window.</summary>
    private long NeededFrom(long segment) => (segment / Lanes * _strips) - Phase(segment % Lanes);

    /// <summary>The whole segment, wherever the pass begins.</summary>
    private ReadSegment Whole(long index)
    {
        long round = index / Lanes;
        long lane = index % Lanes;
        ReadSegment block = Block((round == _rounds ? 0 : round * Lanes) + lane);
        long phase = Math.Min((long)Phase(lane) * StripLength, block.End - block.Start);
        return round == 0 ? block with { Start = block.Start + phase }
            : round == _rounds ? block with { End = block.Start + phase }
            : block;
    }

    private ReadSegment Block(long place)
    {
        if (place >= Blocks)
        {
            return default;
        }

        long block = _permutation.At(place);
        int partition = Array.BinarySearch(_firstBlocks, block);
        if (partition < 0)
        {
            partition = ~partition - 1;
        }
        else
        {
            while (_firstBlocks[partition + 1] == block)
            {
                partition++; // partitions without offsets have no blocks
            }
        }

        PartitionRange range = Snapshot.Partitions[partition];
        long start = range.Start + ((block - _firstBlocks[partition]) * BlockLength);
        return new ReadSegment(partition, start, start + Math.Min(BlockLength, range.End - start));
    }
}
