using System.Diagnostics;
using System.Runtime.CompilerServices;
using KafkaDatasets.Ranges;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Pipeline;

/// <summary>Permutes the rows of each window of a shuffled order. The rows arrive lane by lane, those of later windows with them; they are held until their window comes.</summary>
/// <remarks>
/// Of a window that is larger than the memory, it holds the rows that come first, and then has the pass start again with the place after them: large rows cost time, but neither memory nor another order.
/// </remarks>
/// <param name="reader">The rows in the order of the pieces.</param>
/// <param name="order">The order.</param>
/// <param name="blockRows">The number of rows in each block that it returns; the last one may have fewer.</param>
/// <param name="options">How much it may hold.</param>
internal sealed class WindowReader(BlockReader reader, ShuffledOrder order, int blockRows, PipelineOptions options) : IRowReader
{
    /// <summary>The maximum size of the rows of a window that are copied side by side before they are permuted, in bytes: so many stay in a core's cache.</summary>
    private const int MostCopied = 1 << 20;

    private static readonly RowPosition NoRow = new(-1, 0);

    private readonly HeldBlocks _blocks = new();
    private readonly Lane[] _lanes = [.. Enumerable.Range(0, order.Lanes).Select(_ => new Lane())];
    private ShuffledOrder _order = order;
    private RowPosition[] _rowOfSlot = [];
    private int[] _slots = [];
    private int _slotCount;
    private long _firstPlace;

    private RowPosition[] _rows = [];
    private int[] _turns = [];
    private long[] _places = [];
    private int _count;
    private int _next;

    /// <summary>Copies of the window's rows side by side, and whether there are any.</summary>
    private RowBlock? _copies;
    private bool _isCopied;
    private long _window = -1;

    /// <summary>The number of rows of the window that arrived, and how many of them are held.</summary>
    private int _arrived;
    private int _held;

    /// <summary>The turns whose rows are held: from the first one up to, but not including, the last one.</summary>
    private int _firstTurn;
    private int _lastTurn;

    /// <summary>Whether rows were given up that are still needed, so that the pass must start again after the window.</summary>
    private bool _isCut;

    /// <summary>The maximum size of the rows that were held at a time, in bytes.</summary>
    public long MostBytes => _blocks.MostBytes;

    /// <summary>The place in the order after a row of the last block that was returned.</summary>
    public long PlaceAfter(int row) => _places[row];

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<RowBlock?> ReadAsync()
    {
        RowBlock? block = null;
        while (true)
        {
            if (_next == _count && !await LoadAsync().ConfigureAwait(false))
            {
                return block;
            }

            int count = Math.Min(_count - _next, blockRows - (block?.Rows ?? 0));
            if (count == 0)
            {
                continue; // a window without rows
            }

            block ??= reader.Rent();
            Gather(block, count);
            if (block.Rows == blockRows)
            {
                return block;
            }
        }
    }

    public RowBlock Rent() => reader.Rent();

    public void Return(RowBlock block) => reader.Return(block);

    private void Gather(RowBlock block, int count)
    {
        int first = block.Rows;
        if (_places.Length < first + count)
        {
            Array.Resize(ref _places, first + count);
        }

        Span<long> places = _places.AsSpan(first, count);
        ReadOnlySpan<int> turns = _turns.AsSpan(_next, count);
        for (int i = 0; i < turns.Length; i++)
        {
            places[i] = _firstPlace + turns[i] + 1;
        }

        if (_isCopied)
        {
            block.Gather(_copies!, _rows.AsSpan(_next, count));
        }
        else
        {
            block.Gather(_blocks.Blocks, _blocks.Columns, _rows.AsSpan(_next, count));
        }

        _next += count;
    }

    /// <summary>Reads the next window, or the next part of a large one; returns false at the end.</summary>
    private async ValueTask<bool> LoadAsync()
    {
        _blocks.ReturnSpent(reader);
        _count = 0;
        _next = 0;
        if (_isCut)
        {
            await RestartAsync().ConfigureAwait(false);
        }

        if (!Begin())
        {
            if (_copies is { } copies)
            {
                _copies = null;
                reader.Return(copies);
            }

            while (await reader.ReadAsync().ConfigureAwait(false) is { } rest)
            {
                reader.Return(rest); // it has no rows, and says only that the pass has ended
            }

            return false;
        }

        while (reader.Window <= _window)
        {
            if (await reader.ReadAsync().ConfigureAwait(false) is not { } block)
            {
                return false;
            }

            Add(block);
            if (_blocks.Bytes > options.WindowBytes && _blocks.BytesOf(_slotCount) > options.WindowBytes)
            {
                Take();
                if (_blocks.BytesOf(_held) > options.WindowBytes)
                {
                    MakeRoom();
                }
            }
        }

        _isCopied = _held == 0 && _blocks.BytesOf(_slotCount) <= MostCopied;
        if (_isCopied)
        {
            _copies ??= reader.Rent();
            _copies.Clear();
            _copies.EnsureRows(_slots.Length);
        }

        Take();
        if (_isCopied)
        {
            _blocks.ReturnSpent(reader);
        }

        Collect();
        reader.OnDropped(_arrived - _count);
        if (_blocks.Bytes > options.HeldBytes && _order.WindowsAtOnce > 1)
        {
            _order = _order.From(_order.Start, 1);
            DropLater();
        }

        return true;
    }

    /// <summary>Begins the next window; returns false after the last one.</summary>
    private bool Begin()
    {
        bool isFirst = _window < 0;
        _window = isFirst ? _order.WindowAt(_order.Start) : _window + 1;
        if (_window >= _order.Windows)
        {
            return false;
        }

        _firstPlace = isFirst ? _order.PlaceOf(_window) : _firstPlace + _slotCount;
        _slotCount = 0;
        for (int i = 0; i < _lanes.Length; i++)
        {
            Lane lane = _lanes[i];
            lane.Begin(isFirst ? _order.StripStart(i, _window) : lane.End, _order.StripStart(i, _window + 1), _slotCount);
            _slotCount += (int)(lane.End - lane.Start);
        }

        if (_slots.Length < _slotCount)
        {
            int most = _slotCount + _lanes.Length; // other windows have one slot more in some lanes
            _slots = new int[most];
            _rowOfSlot = new RowPosition[most];
            _rows = new RowPosition[most];
            _turns = new int[most];
        }

        _order.SlotsOf(_window, _slots.AsSpan(0, _slotCount));
        _rowOfSlot.AsSpan(0, _slotCount).Fill(NoRow);
        _isCopied = false;
        _arrived = 0;
        _held = 0;
        _firstTurn = isFirst ? (int)(_order.Start - _firstPlace) : 0;
        _lastTurn = _slotCount;
        return true;
    }

    /// <summary>Assigns the rows of a block to their lanes; takes ownership of the block.</summary>
    private void Add(RowBlock block)
    {
        if (block.Rows == 0)
        {
            reader.Return(block);
            return;
        }

        int index = _blocks.Add(block);
        int row = 0;
        foreach (RowRun run in reader.Runs)
        {
            int end = EndOf(block, row, run);
            if (row < end)
            {
                _lanes[_order.LaneOf(run.Segment)].Add(new LaneRows(index, row, end, _order.OriginOf(run.Segment)));
                row = end;
            }
        }

        if (row < block.Rows)
        {
            throw new UnreachableException($"row {row} of a block is of no segment");
        }
    }

    /// <summary>Finds the first row from the given one on that does not belong to a run.</summary>
    private static int EndOf(RowBlock block, int row, in RowRun run)
    {
        int low = row;
        int high = block.Rows;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            (low, high) = block.Partitions[middle] == run.Partition && block.Offsets[middle] >= run.Start && block.Offsets[middle] < run.End ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    /// <summary>Takes the rows of the window from the lanes.</summary>
    private void Take()
    {
        foreach (Lane lane in _lanes)
        {
            while (lane.TryPeek(out LaneRows rows))
            {
                RowBlock block = _blocks.Blocks[rows.Block];
                int count = TakeRows(block, rows, lane);
                if (count == 0)
                {
                    break;
                }

                if (_isCopied)
                {
                    _copies!.Append(block, rows.Start, count, _slots.Length);
                }
                else
                {
                    block.Touch(rows.Start, count);
                }

                _arrived += count;
                _held += count;
                _blocks.Take(rows.Block, count);
                lane.Take(count);
            }
        }
    }

    /// <summary>Notes where the rows of a strip are; returns how many of the given ones belong to it.</summary>
    private int TakeRows(RowBlock block, in LaneRows rows, Lane lane)
    {
        ReadOnlySpan<long> offsets = block.Offsets[rows.Start..rows.End];
        long start = lane.Start - rows.Origin;
        long end = lane.End - rows.Origin;
        int count = CountWithin(offsets, start, end);
        RowPosition first = _isCopied ? new RowPosition(0, _copies!.Rows) : new RowPosition(rows.Block, rows.Start);
        Span<RowPosition> rowOfSlot = _rowOfSlot.AsSpan(lane.FirstSlot, (int)(lane.End - lane.Start));
        offsets = offsets[..count];
        for (int i = 0; i < offsets.Length; i++)
        {
            rowOfSlot[(int)(offsets[i] - start)] = first with { Row = first.Row + i };
        }

        return count;
    }

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

    /// <summary>Lists the rows that are held in their order.</summary>
    private void Collect()
    {
        ReadOnlySpan<int> slots = _slots;
        ReadOnlySpan<RowPosition> rowOfSlot = _rowOfSlot;
        int count = 0;
        for (int turn = _firstTurn; turn < _lastTurn; turn++)
        {
            RowPosition row = rowOfSlot[slots[turn]];
            if (row.Block >= 0)
            {
                _rows[count] = row;
                _turns[count++] = turn;
            }
        }

        _count = count;
    }

    /// <summary>Gives up rows that the window does not need, and, while the others are too many, those of the second half of the turns.</summary>
    private void MakeRoom()
    {
        DropLater();
        Collect();
        Compact();
        while (_blocks.Bytes > options.WindowBytes / 2 && _lastTurn - _firstTurn > 1)
        {
            _lastTurn = _firstTurn + ((_lastTurn - _firstTurn) / 2);
            reader.OnWindowDivided();
            Collect();
            Compact();
        }

        _count = 0;
    }

    /// <summary>Copies the rows that were collected into as few blocks as possible, and returns the others.</summary>
    private void Compact()
    {
        int most = Math.Max(1, _blocks.MostRows);
        var kept = new List<RowBlock>();
        for (int at = 0; at < _count; at += most)
        {
            RowBlock block = reader.Rent();
            block.Gather(_blocks.Blocks, _blocks.Columns, _rows.AsSpan(at, Math.Min(most, _count - at)));
            kept.Add(block);
        }

        _blocks.ReturnAll(reader);
        _rowOfSlot.AsSpan(0, _slotCount).Fill(NoRow);
        int[] indices = [.. kept.Select(_blocks.AddTaken)];
        for (int i = 0; i < _count; i++)
        {
            _rowOfSlot[_slots[_turns[i]]] = new RowPosition(indices[i / most], i % most);
        }

        _held = _count;
    }

    /// <summary>Gives up the rows of later windows.</summary>
    private void DropLater()
    {
        foreach (Lane lane in _lanes)
        {
            while (lane.TryPeek(out LaneRows rows))
            {
                int count = rows.End - rows.Start;
                lane.Take(count);
                _blocks.Take(rows.Block, count);
                reader.OnDropped(count);
            }
        }

        _isCut = true;
    }

    /// <summary>Starts the pass again after the last row of the window that was held.</summary>
    private async ValueTask RestartAsync()
    {
        DropLater();
        _blocks.ReturnAll(reader);
        _isCut = false;
        _order = _order.From(_firstPlace + _lastTurn, _order.WindowsAtOnce);
        _window = -1;
        if (_order.Start < _order.Length)
        {
            await reader.RestartAsync(_order).ConfigureAwait(false);
        }
    }

    /// <summary>Consecutive rows of a block.</summary>
    /// <param name="Block">The block, by its index.</param>
    /// <param name="Start">The first row.</param>
    /// <param name="End">The row after the last one.</param>
    /// <param name="Origin">What to add to an offset for its position in the lane.</param>
    private readonly record struct LaneRows(int Block, int Start, int End, long Origin);

    /// <summary>A lane: the positions that the window takes from it, and the rows of it that have arrived.</summary>
    private sealed class Lane
    {
        private readonly Queue<LaneRows> _rows = new();
        private int _taken;

        public long Start { get; private set; }

        public long End { get; private set; }

        /// <summary>The slot of the first position.</summary>
        public int FirstSlot { get; private set; }

        public void Begin(long start, long end, int firstSlot) => (Start, End, FirstSlot) = (start, end, firstSlot);

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
    }
}
