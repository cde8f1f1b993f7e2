namespace KafkaDatasets.Ranges;

/// <summary>
/// A permutation of a snapshot's offsets that is computed, not stored. Blocks of consecutive offsets are permuted; a number of them is read side by side,
/// each from first to last, so that fetching stays sequential; and the rows of a window, which has a strip of each of these blocks, are permuted.
/// </summary>
/// <remarks>
/// A segment is a block. Blocks at the end of a partition are shorter: their lacking offsets are slots without a row, like the gaps of compaction,
/// so that every place can be computed without knowing those before it.
/// </remarks>
internal sealed class ShuffledOrder : ReadOrder
{
    /// <summary>The offsets of a block that a window takes.</summary>
    public const int StripLength = 2048;

    /// <summary>The blocks that are read side by side.</summary>
    public const int Lanes = 32;

    /// <summary>The slots of a window.</summary>
    public const int WindowSlots = Lanes * StripLength;

    /// <summary>The longest block: some times what a record batch has, since a batch that lies in two blocks is fetched twice.</summary>
    private const int LongestBlock = 1 << 16;

    /// <summary>How many strips before its end the next round's blocks are fetched.</summary>
    private const int StripsAhead = 3;

    private readonly KeyedPermutation _blocks;
    private readonly long[] _firstBlocks;
    private readonly ulong _key;
    private readonly int _strips;

    public ShuffledOrder(DatasetSnapshot snapshot, Shuffle shuffle, long start = 0)
        : base(snapshot, start)
    {
        _strips = 1;
        while (_strips * StripLength < LongestBlock && (long)_strips * StripLength * 2 * Lanes * 4 <= snapshot.Length)
        {
            _strips *= 2; // short snapshots have shorter blocks, so that there are some rounds of them
        }

        _firstBlocks = new long[snapshot.Partitions.Count + 1];
        for (int i = 0; i < snapshot.Partitions.Count; i++)
        {
            long length = snapshot.Partitions[i].Length;
            _firstBlocks[i + 1] = _firstBlocks[i] + (length == 0 ? 0 : (length - 1) / BlockLength + 1);
        }

        _key = SplitMix.Mix(SplitMix.Mix((ulong)shuffle.Seed) + (ulong)shuffle.Epoch);
        _blocks = new KeyedPermutation(_key, SegmentCount);
    }

    /// <summary>The offsets of a block.</summary>
    public int BlockLength => _strips * StripLength;

    public override long Length => Rounds * _strips * WindowSlots;

    public override long FirstSegment => Start / WindowSlots / _strips * Lanes;

    public override long SegmentCount => _firstBlocks[^1];

    public override long OffsetsBefore => Length == 0 ? 0 : (long)((double)Start / Length * Snapshot.Length);

    private long Rounds => (SegmentCount + Lanes - 1) / Lanes;

    public override ReadSegment Segment(long index)
    {
        ReadSegment block = Block(index);
        if (index / Lanes > Start / WindowSlots / _strips)
        {
            return block;
        }

        long skipped = Start / WindowSlots % _strips * StripLength;
        return block with { Start = Math.Min(block.End, block.Start + Math.Min(skipped, block.End - block.Start)) };
    }

    public override long TurnOf(long segment, long offset) => (segment / Lanes * _strips) + Strip(segment, offset);

    public override long OpenUntil(long segment, long offset) =>
        Math.Min(SegmentCount, ((segment / Lanes) + (Strip(segment, offset) >= _strips - StripsAhead ? 2 : 1)) * Lanes);

    public override IEnumerable<ReadPiece> Pieces()
    {
        var lanes = new List<ReadSegment>();
        var pieces = new List<ReadPiece>();
        long first = Start / WindowSlots;
        for (long round = first / _strips; round < Rounds; round++)
        {
            lanes.Clear();
            for (long segment = round * Lanes; segment < Math.Min(SegmentCount, (round + 1) * Lanes); segment++)
            {
                lanes.Add(Block(segment));
            }

            for (long window = Math.Max(first, round * _strips); window < (round + 1) * _strips; window++)
            {
                long strip = window % _strips * StripLength;
                pieces.Clear();
                for (int lane = 0; lane < lanes.Count; lane++)
                {
                    ReadSegment block = lanes[lane];
                    long left = block.End - block.Start - strip;
                    if (left > 0)
                    {
                        long from = block.Start + strip;
                        pieces.Add(new ReadPiece((round * Lanes) + lane, block.PartitionIndex, from, from + Math.Min(left, StripLength), window, lane * StripLength));
                    }
                }

                for (int i = 0; i < pieces.Count; i++)
                {
                    yield return pieces[i] with { EndsWindow = i == pieces.Count - 1 };
                }
            }
        }
    }

    /// <summary>The slots of a window in the order in which their rows are read.</summary>
    public int[] SlotsOf(long window)
    {
        int lanes = (int)Math.Min(Lanes, SegmentCount - (window / _strips * Lanes));
        var slots = new int[lanes * StripLength];
        var random = new SplitMix(SplitMix.Mix(_key ^ SplitMix.Mix((ulong)window + 1)));
        for (int i = 0; i < slots.Length; i++)
        {
            int other = random.Below(i + 1);
            slots[i] = slots[other];
            slots[other] = i;
        }

        return slots;
    }

    private long Strip(long segment, long offset) => (offset - Block(segment).Start) / StripLength;

    private ReadSegment Block(long index)
    {
        long block = _blocks.At(index);
        int partition = Array.BinarySearch(_firstBlocks, block);
        if (partition < 0)
        {
            partition = ~partition - 1;
        }
        else
        {
            while (_firstBlocks[partition + 1] == block)
            {
                partition++; // partitions without offsets have no block
            }
        }

        PartitionRange range = Snapshot.Partitions[partition];
        long start = range.Start + ((block - _firstBlocks[partition]) * BlockLength);
        return new ReadSegment(partition, start, start + Math.Min(BlockLength, range.End - start));
    }
}
