namespace KafkaDatasets.Ranges;

/// <summary>Takes stripes of <see cref="DatasetSnapshot.StripeLength"/> consecutive offsets from the partitions in turn; a finished partition drops out.</summary>
/// <remarks>A segment is a partition, and a place is the number of offsets before it.</remarks>
internal sealed class CanonicalOrder : ReadOrder
{
    private readonly long[] _starts;
    private readonly long _round;

    public CanonicalOrder(DatasetSnapshot snapshot, long start = 0)
        : base(snapshot, start)
    {
        _starts = [.. snapshot.Partitions.Select(p => p.Start)];
        if (start > 0)
        {
            _round = Resume();
        }
    }

    public override long Length => Snapshot.Length;

    public override long FirstSegment => 0;

    public override long SegmentCount => _starts.Length;

    public override long OffsetsBefore => Start;

    public override ReadSegment Segment(long index) => new((int)index, _starts[index], Snapshot.Partitions[(int)index].End);

    public override long TurnOf(long segment, long offset) => (offset - Snapshot.Partitions[(int)segment].Start) / Snapshot.StripeLength;

    public override long OpenUntil(long segment, long offset) => SegmentCount;

    /// <summary>The place of an offset.</summary>
    public long PlaceOf(int partitionIndex, long offset)
    {
        long at = offset - Snapshot.Partitions[partitionIndex].Start;
        long round = at / Snapshot.StripeLength;
        long place = at % Snapshot.StripeLength;
        for (int i = 0; i < Snapshot.Partitions.Count; i++)
        {
            place += Passed(i, i < partitionIndex ? round + 1 : round);
        }

        return place;
    }

    /// <summary>The place after an offset of a partition, given by its number.</summary>
    public long PlaceAfter(int partition, long offset)
    {
        int low = 0;
        int high = Snapshot.Partitions.Count - 1;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = Snapshot.Partitions[middle].Partition < partition ? (middle + 1, high) : (low, middle);
        }

        return PlaceOf(low, offset) + 1;
    }

    public override IEnumerable<ReadPiece> Pieces()
    {
        int stripe = Snapshot.StripeLength;
        int[] active = [.. Enumerable.Range(0, _starts.Length).Where(p => _starts[p] < Snapshot.Partitions[p].End)];
        int count = active.Length;
        for (long round = _round; count > 0; round++)
        {
            int kept = 0;
            for (int turn = 0; turn < count; turn++)
            {
                int partition = active[turn];
                PartitionRange range = Snapshot.Partitions[partition];
                long from = Math.Max(range.Start + Passed(partition, round), _starts[partition]);
                long to = range.Start + Passed(partition, round + 1);
                if (from < to)
                {
                    yield return new ReadPiece(partition, partition, from, to);
                }

                if (to < range.End)
                {
                    active[kept++] = partition;
                }
            }

            count = kept;
        }
    }

    public override IEnumerable<ReadPiece> RunsOf(int partitionIndex)
    {
        ReadSegment segment = Segment(partitionIndex);
        return segment.Start < segment.End ? [new ReadPiece(partitionIndex, partitionIndex, segment.Start, segment.End)] : [];
    }

    /// <summary>The number of offsets that the rounds before this one take from a partition.</summary>
    private long Passed(int partition, long round)
    {
        long length = Snapshot.Partitions[partition].Length;
        return round > (length - 1) / Snapshot.StripeLength ? length : round * Snapshot.StripeLength;
    }

    private long PassedByAll(long round)
    {
        long passed = 0;
        for (int i = 0; i < _starts.Length; i++)
        {
            passed += Passed(i, round);
        }

        return passed;
    }

    /// <summary>Moves each partition's start to the place at which the pass begins, and returns the round of that place.</summary>
    private long Resume()
    {
        long low = 0;
        long high = Snapshot.Partitions.Max(p => p.Length) / Snapshot.StripeLength + 1;
        while (low < high)
        {
            long middle = low + (high - low + 1) / 2;
            (low, high) = PassedByAll(middle) <= Start ? (middle, high) : (low, middle - 1);
        }

        long left = Start - PassedByAll(low);
        for (int i = 0; i < _starts.Length; i++)
        {
            long before = Passed(i, low);
            long taken = Math.Min(left, Passed(i, low + 1) - before);
            left -= taken;
            _starts[i] += before + taken;
        }

        return low;
    }
}
