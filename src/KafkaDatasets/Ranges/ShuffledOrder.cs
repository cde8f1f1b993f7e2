using System.Numerics;

namespace KafkaDatasets.Ranges;

/// <summary>A permutation of a snapshot's offsets, computed rather than stored.</summary>
/// <remarks>
/// Blocks of consecutive offsets are permuted and assigned to lanes; the lanes are read in parallel,
/// each block from first to last, so that fetching stays sequential; and the rows of a window, which has one strip of each lane, are permuted.
/// Strips are short, so that the rows of a window fit into a core's cache: how well rows are mixed depends on the number of lanes. What is read of a lane at a time, a piece, is the strips of several windows.
/// Each lane begins at a different strip of its first block, and ends with the strips it left out: no two lanes are at the same place of their blocks,
/// and they never all need new blocks at once. A segment is a block, or a part of a lane's first one. Blocks at the end of a partition are shorter, and the last
/// lanes have one block less: their missing offsets are slots without a row, like the gaps of compaction, so that every place can be computed independently of earlier ones.
/// </remarks>
internal sealed class ShuffledOrder : ReadOrder
{
    /// <summary>
    /// The number of offsets that a window takes from a block, in the orders that are guaranteed to stay the same: the fewer, the larger the rows may be whose windows fit into the memory, and into a core's cache;
    /// the more, the more rows there are that a row may come next to.
    /// </summary>
    public const int DefaultStrip = 64;

    /// <summary>The maximum number of offsets read of a block at a time: the more, the less often the consumer engine has to seek; but they are held until their windows come.</summary>
    private const int LongestPiece = 2048;

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

    /// <summary>How many offsets of each lane before it is needed a block is fetched.</summary>
    private const int OffsetsAhead = 2048;

    private readonly Shuffle _shuffle;
    private readonly KeyedPermutation _permutation;
    private readonly long[] _firstBlocks;
    private readonly ulong _key;
    private readonly int _strips;
    private readonly int _pieceStrips;
    private readonly long _rounds;

    /// <param name="snapshot">The snapshot to read.</param>
    /// <param name="shuffle">The seed and the epoch.</param>
    /// <param name="start">The place at which the pass begins.</param>
    /// <param name="strip">The strip length; null for the one of orders that are guaranteed to stay the same.</param>
    /// <param name="piece">The maximum number of offsets to read of a block at a time, which does not change the order of the rows.</param>
    public ShuffledOrder(DatasetSnapshot snapshot, Shuffle shuffle, long start = 0, int? strip = null, int piece = LongestPiece)
        : base(snapshot, start)
    {
        _shuffle = shuffle;
        StripLength = strip ?? StripOf(snapshot);
        _pieceStrips = Math.Max(1, (1 << BitOperations.Log2((uint)Math.Clamp(piece, 1, LongestPiece))) / StripLength);
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
    /// <param name="place">The place.</param>
    /// <param name="piece">The maximum number of offsets to read of a block at a time.</param>
    public ShuffledOrder From(long place, int piece) => new(Snapshot, _shuffle, place, StripLength, piece);

    /// <summary>The same order, of which no more is read of a block at a time than fits into a number of bytes, for all blocks that are read in parallel.</summary>
    /// <param name="bytes">The number of bytes.</param>
    /// <param name="bytesPerRow">The size of a row.</param>
    public ShuffledOrder Within(long bytes, int bytesPerRow) => From(Start, (int)Math.Clamp(bytes / Math.Max(1, bytesPerRow) / Math.Max(1, Lanes), 1, LongestPiece));

    /// <summary>The number of offsets that a window takes from a block.</summary>
    public int StripLength { get; }

    /// <summary>The number of offsets in a block.</summary>
    public int BlockLength => _strips * StripLength;

    /// <summary>The number of offsets in a piece, if its block does not end before.</summary>
    public int PieceLength => _pieceStrips * StripLength;

    /// <summary>The number of windows.</summary>
    public long Windows => _rounds * _strips;

    /// <summary>The number of blocks that are read in parallel.</summary>
    public int Lanes { get; }

    /// <summary>The number of slots in a window.</summary>
    public int WindowSlots => Lanes * StripLength;

    public override long Length => Windows * WindowSlots;

    public override bool TakesWholeBatches => true;

    public override long FirstSegment => Window(Start) / _strips * Lanes;

    public override long SegmentCount => Blocks == 0 ? 0 : (_rounds + 1) * Lanes;

    public override long OffsetsBefore => Length == 0 ? 0 : (long)((double)Start / Length * Snapshot.Length);

    private long Blocks => _firstBlocks[^1];

    public override ReadSegment Segment(long index)
    {
        ReadSegment segment = Whole(index);
        long first = NeededFrom(index);
        long skipped = Math.Max(0, Window(Start) - Math.Max(0, first)) * StripLength; // strips of windows before the place at which the pass begins
        return segment with { Start = segment.Start + Math.Min(skipped, segment.End - segment.Start) };
    }

    /// <remarks>The window in which the piece begins that has the offset: the whole piece is read then.</remarks>
    public override long TurnOf(long segment, long offset)
    {
        long begin = NeededFrom(segment);
        long window = Math.Max(0, begin) + ((offset - Whole(segment).Start) / StripLength);
        return Math.Max(Window(Start), window - ((window - begin) % _pieceStrips));
    }

    public override long OpenUntil(long segment, long offset)
    {
        long window = TurnOf(segment, offset) + (OffsetsAhead / StripLength) + 1;
        long until = Math.Min(SegmentCount, ((window / _strips) + 1) * Lanes);
        while (until < SegmentCount && NeededFrom(until) <= window)
        {
            until++;
        }

        return until;
    }

    public override IEnumerable<ReadPiece> Pieces()
    {
        long first = Window(Start);
        for (long window = first; window < Windows; window++)
        {
            for (int lane = 0; lane < Lanes; lane++)
            {
                long strip = window + Phase(lane);
                if (window != first && strip % _strips % _pieceStrips != 0)
                {
                    continue;
                }

                ReadSegment offsets = LaneFrom(lane, window, out long segment);
                if (offsets.Start < offsets.End)
                {
                    long left = (_pieceStrips - (strip % _strips % _pieceStrips)) * StripLength;
                    yield return new ReadPiece(segment, offsets.PartitionIndex, offsets.Start, Math.Min(offsets.Start + left, offsets.End), window);
                }
            }
        }
    }

    /// <summary>The offsets of a lane from those that a window takes to the end of their segment; none if the lane has ended.</summary>
    /// <param name="lane">The lane.</param>
    /// <param name="window">The window.</param>
    /// <param name="segment">The segment.</param>
    public ReadSegment LaneFrom(int lane, long window, out long segment)
    {
        segment = ((window + Phase(lane)) / _strips * Lanes) + lane;
        ReadSegment whole = Whole(segment);
        return whole with { Start = Math.Min(whole.Start + ((window - Math.Max(0, NeededFrom(segment))) * StripLength), whole.End) };
    }

    /// <summary>Whether a lane begins another segment with a window.</summary>
    public bool BeginsSegment(int lane, long window) => (window + Phase(lane)) % _strips == 0;

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

    /// <summary>The slots of a window in the order in which their rows are read: those of the first lane come first, in the order of their offsets.</summary>
    /// <param name="window">The window.</param>
    /// <param name="used">An array to reuse.</param>
    public int[] SlotsOf(long window, int[]? used = null)
    {
        int[] slots = used?.Length == WindowSlots ? used : new int[WindowSlots];
        var random = new SplitMix(SplitMix.Mix(_key ^ SplitMix.Mix((ulong)window + 1)));
        for (int i = 0; i < slots.Length; i++)
        {
            int other = random.Below(i + 1);
            slots[i] = slots[other];
            slots[other] = i;
        }

        return slots;
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
