namespace KafkaDatasets.Pipeline;

/// <summary>A lane of a shuffled order: the positions that the current window takes from it, and the rows of it that have arrived.</summary>
internal sealed class WindowLane
{
    private readonly Queue<LaneRows> _rows = new();
    private int _firstSlot;
    private int _taken;

    /// <summary>The window's first position.</summary>
    public long Start { get; private set; }

    /// <summary>The position after the window's last one.</summary>
    public long End { get; private set; }

    /// <summary>Begins a window.</summary>
    /// <param name="start">Its first position in the lane.</param>
    /// <param name="end">The position after its last one.</param>
    /// <param name="firstSlot">The slot of the first position.</param>
    public void Begin(long start, long end, int firstSlot) => (Start, End, _firstSlot) = (start, end, firstSlot);

    public void Add(LaneRows rows) => _rows.Enqueue(rows);

    /// <summary>The next rows, of one block; false when there are none.</summary>
    public bool TryPeek(out LaneRows rows)
    {
        bool isAny = _rows.TryPeek(out rows);
        rows = rows with { Start = rows.Start + _taken };
        return isAny;
    }

    /// <summary>Takes the first of the next rows.</summary>
    public void Take(int count)
    {
        _taken += count;
        LaneRows first = _rows.Peek();
        if (first.Start + _taken == first.End)
        {
            _rows.Dequeue();
            _taken = 0;
        }
    }

    /// <summary>Takes the next rows of one block that belong to the window; false when there are none.</summary>
    public bool TryTakeStrip(HeldBlocks blocks, out WindowStrip strip)
    {
        strip = default;
        if (!TryPeek(out LaneRows rows))
        {
            return false;
        }

        long start = Start - rows.Origin;
        long end = End - rows.Origin;
        int count = rows.Shift is { } shift
            ? CountWithin(rows.Start + shift, rows.End - rows.Start, start, end)
            : CountWithin(blocks.Blocks[rows.Block].Offsets[rows.Start..rows.End], start, end);
        if (count == 0)
        {
            return false;
        }

        strip = new WindowStrip(rows.Block, rows.Start, count, rows.Partition, _firstSlot - start, rows.Shift);
        Take(count);
        return true;
    }

    /// <summary>The number of consecutive offsets from the first one on within a range.</summary>
    private static int CountWithin(long first, int count, long start, long end) => first < start || first >= end ? 0 : (int)Math.Min(count, end - first);

    /// <summary>The number of offsets, which ascend, from the first one on within a range.</summary>
    private static int CountWithin(ReadOnlySpan<long> offsets, long start, long end)
    {
        if (offsets[0] < start || offsets[0] >= end)
        {
            return 0;
        }

        int low = 1;
        int high = (int)Math.Min(offsets.Length, end - offsets[0]);
        if (offsets[high - 1] < end)
        {
            return high;
        }

        while (low < high)
        {
            int middle = (low + high) >>> 1;
            (low, high) = offsets[middle] < end ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
