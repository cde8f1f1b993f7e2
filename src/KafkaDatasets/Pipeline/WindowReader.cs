using System.Diagnostics;
using System.Runtime.CompilerServices;
using KafkaDatasets.Ranges;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Pipeline;

/// <summary>Permutes the rows of each window of a shuffled order. The rows arrive lane by lane, those of later windows with them; they are held until their window comes.</summary>
/// <remarks>
/// Of a window that is larger than the memory, it holds the rows that come first, and then has the pass start again with the place after them: large rows cost time, but neither memory nor another order.
/// </remarks>
internal sealed class WindowReader : IRowReader
{
    /// <summary>The maximum size of the rows of a window that are copied to their places as they lie in the log, in bytes: so many stay in a core's cache. Of larger rows, one block at a time is filled.</summary>
    private const int MostScattered = 1 << 20;

    /// <summary>The maximum number of spare blocks: those of a window, unless a caller wants very short ones.</summary>
    private const int MostSpare = 1024;

    private static readonly RowPosition NoRow = new(-1, 0);

    private readonly BlockReader _reader;
    private readonly PipelineOptions _options;
    private readonly HeldBlocks _blocks = new();
    private readonly FilledBlocks _filled;

    /// <summary>The blocks that the caller has given back. They are filled again while they are in its core's cache; blocks of rows that are held come from the pass instead.</summary>
    private readonly Pool<RowBlock> _spare;

    private readonly WindowLane[] _lanes;
    private ShuffledOrder _order;
    private RowPosition[] _rowOfSlot = [];
    private readonly List<WindowStrip> _strips = [];
    private int[] _slots = [];
    private int _slotCount;
    private long _firstPlace;

    private RowPosition[] _rows = [];
    private int[] _turns = [];
    private int _count;
    private int _next;
    private long _window = -1;

    /// <summary>The number of rows of the window that arrived, and how many of them are held.</summary>
    private int _arrived;
    private int _held;

    /// <summary>The turns whose rows are held: from the first one up to, but not including, the last one.</summary>
    private int _firstTurn;
    private int _lastTurn;

    /// <summary>Whether rows were given up that are still needed, so that the pass must start again after the window.</summary>
    private bool _isCut;

    /// <param name="reader">The rows in the order of the pieces.</param>
    /// <param name="order">The order.</param>
    /// <param name="blockRows">The number of rows in each block that it returns; the last one may have fewer.</param>
    /// <param name="options">How much it may hold.</param>
    public WindowReader(BlockReader reader, ShuffledOrder order, int blockRows, PipelineOptions options)
    {
        _reader = reader;
        _options = options;
        _order = order;
        _lanes = [.. Enumerable.Range(0, order.Lanes).Select(_ => new WindowLane())];
        long windowRows = order.Length / Math.Max(1, order.Windows);
        _spare = new Pool<RowBlock>(reader.Rent, (int)Math.Min(windowRows / blockRows, MostSpare) + 2);
        _filled = new FilledBlocks(Rent, blockRows);
    }

    /// <summary>The maximum size of the rows that were held at a time, in bytes.</summary>
    public long MostBytes => _blocks.MostBytes;

    /// <summary>The place in the order after a row of the last block that was returned.</summary>
    public long PlaceAfter(int row) => _filled.PlaceAfter(row);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<RowBlock?> ReadAsync()
    {
        while (true)
        {
            if (_filled.TryTake(out RowBlock? block))
            {
                return block;
            }

            if (_next < _count)
            {
                Gather();
            }
            else if (!await LoadAsync().ConfigureAwait(false))
            {
                return _filled.TakeRest();
            }
        }
    }

    public RowBlock Rent()
    {
        RowBlock block = _spare.Rent();
        block.Clear();
        return block;
    }

    public void Return(RowBlock block)
    {
        if (!_blocks.CanScatter || !_spare.Return(block)) // blocks with text keep the room of the longest that they have had: no more of them than needed
        {
            _reader.Return(block);
        }
    }

    /// <summary>Fills a block with the window's next rows.</summary>
    private void Gather()
    {
        RowPosition first = _filled.Open(_count - _next, out Span<long> places);
        ReadOnlySpan<int> turns = _turns.AsSpan(_next, places.Length);
        for (int i = 0; i < turns.Length; i++)
        {
            places[i] = _firstPlace + turns[i] + 1;
        }

        _filled[first.Block].Gather(_blocks.Blocks, _blocks.Columns, _rows.AsSpan(_next, places.Length));
        _next += places.Length;
    }

    /// <summary>Reads the next window, or the next part of a large one; returns false at the end.</summary>
    private async ValueTask<bool> LoadAsync()
    {
        _blocks.ReturnSpent(_reader);
        _count = 0;
        _next = 0;
        if (_isCut)
        {
            await RestartAsync().ConfigureAwait(false);
        }

        if (!Begin())
        {
            while (await _reader.ReadAsync().ConfigureAwait(false) is { } rest)
            {
                _reader.Return(rest); // it has no rows, and says only that the pass has ended
            }

            Array.ForEach(_spare.Close(), _reader.Return); // for the next pass
            return false;
        }

        while (_reader.Window <= _window)
        {
            if (await _reader.ReadAsync().ConfigureAwait(false) is not { } block)
            {
                return false;
            }

            Add(block);
            if (_blocks.Bytes > _options.WindowBytes && _blocks.BytesOf(_slotCount) > _options.WindowBytes)
            {
                Take();
                if (_blocks.BytesOf(_held) > _options.WindowBytes)
                {
                    MakeRoom();
                }
            }
        }

        if (_blocks.CanScatter && _arrived == 0 && _firstTurn == 0 && _blocks.BytesOf(_slotCount) <= MostScattered)
        {
            Scatter();
        }
        else
        {
            Take();
            Collect();
            _reader.OnDropped(_arrived - _count);
        }

        if (_blocks.Bytes > _options.HeldBytes && _order.WindowsAtOnce > 1)
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
            WindowLane lane = _lanes[i];
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
            _reader.Return(block);
            return;
        }

        int index = _blocks.Add(block);
        int row = 0;
        foreach (RowRun run in _reader.Runs)
        {
            int end = EndOf(block, row, run);
            if (row < end)
            {
                // Looked up here, while the block is in a core's cache, and not again when the window comes.
                long? shift = end - row == block.Offsets[end - 1] - block.Offsets[row] + 1 ? block.Offsets[row] - row : null;
                _lanes[_order.LaneOf(run.Segment)].Add(new LaneRows(index, row, end, run.Partition, _order.OriginOf(run.Segment), shift));
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
        (_, int partition, long start, long end) = run;
        long whole = row + end - start;
        if (whole <= block.Rows && IsOf((int)whole - 1))
        {
            return (int)whole; // usually none of its records was skipped
        }

        int low = row;
        int high = block.Rows;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            (low, high) = IsOf(middle) ? (middle + 1, high) : (low, middle);
        }

        return low;

        bool IsOf(int candidate) => block.Partitions[candidate] == partition && block.Offsets[candidate] >= start && block.Offsets[candidate] < end;
    }

    /// <summary>Copies the rows of the window to their places in the blocks that are returned, strip by strip: they are read as they lie in memory, and written into a core's cache.</summary>
    private void Scatter()
    {
        TakeStrips();
        SetTargets();
        for (int s = 0; s < _strips.Count; s++)
        {
            if (s + 1 < _strips.Count)
            {
                WindowStrip next = _strips[s + 1];
                _blocks.Blocks[next.Block].Prefetch(next.Start, next.Count);
            }

            WindowStrip strip = _strips[s];
            _filled.Scatter(_blocks.Blocks[strip.Block], strip, TargetsOf(strip));
            _blocks.Take(strip.Block, strip.Count);
        }

        _filled.Complete();
        _blocks.ReturnSpent(_reader);
    }

    /// <summary>Gives each slot that has a row its row in the blocks that are returned.</summary>
    private void SetTargets()
    {
        ReadOnlySpan<int> slots = _slots.AsSpan(0, _slotCount);
        Span<RowPosition> targets = _rowOfSlot;
        bool isWhole = _arrived == _slotCount;
        if (!isWhole)
        {
            foreach (WindowStrip strip in _strips)
            {
                foreach (long offset in _blocks.Blocks[strip.Block].Offsets.Slice(strip.Start, strip.Count))
                {
                    targets[strip.SlotOf(offset)] = default;
                }
            }
        }

        int turn = 0;
        for (int left = _arrived; left > 0;)
        {
            RowPosition target = _filled.Open(left, out Span<long> places);
            left -= places.Length;
            for (int i = 0; i < places.Length; turn++)
            {
                int slot = slots[turn];
                if (isWhole || targets[slot].Block >= 0)
                {
                    targets[slot] = target with { Row = target.Row + i };
                    places[i++] = _firstPlace + turn + 1;
                }
            }
        }
    }

    private ReadOnlySpan<RowPosition> TargetsOf(in WindowStrip strip)
    {
        if (strip.Shift is { } shift)
        {
            return _rowOfSlot.AsSpan(strip.SlotOf(strip.Start + shift), strip.Count);
        }

        ReadOnlySpan<long> offsets = _blocks.Blocks[strip.Block].Offsets.Slice(strip.Start, strip.Count);
        for (int i = 0; i < offsets.Length; i++)
        {
            _rows[i] = _rowOfSlot[strip.SlotOf(offsets[i])];
        }

        return _rows.AsSpan(0, offsets.Length);
    }

    /// <summary>Takes the rows of the window from the lanes, and notes where they are.</summary>
    private void Take()
    {
        TakeStrips();
        foreach (WindowStrip strip in _strips)
        {
            RowBlock block = _blocks.Blocks[strip.Block];
            int row = strip.Start;
            foreach (long offset in block.Offsets.Slice(strip.Start, strip.Count))
            {
                _rowOfSlot[strip.SlotOf(offset)] = new RowPosition(strip.Block, row++);
            }

            block.Prefetch(strip.Start, strip.Count);
            _held += strip.Count;
            _blocks.Take(strip.Block, strip.Count);
        }
    }

    /// <summary>Takes from the lanes what has arrived of the window's strips.</summary>
    private void TakeStrips()
    {
        _strips.Clear();
        foreach (WindowLane lane in _lanes)
        {
            while (lane.TryTakeStrip(_blocks, out WindowStrip strip))
            {
                _strips.Add(strip);
                _arrived += strip.Count;
            }
        }
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
        while (_blocks.Bytes > _options.WindowBytes / 2 && _lastTurn - _firstTurn > 1)
        {
            _lastTurn = _firstTurn + ((_lastTurn - _firstTurn) / 2);
            _reader.OnWindowDivided(PipelineOptions.EnoughFor(_blocks.BytesOf(_slotCount)));
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
            RowBlock block = _reader.Rent();
            block.Gather(_blocks.Blocks, _blocks.Columns, _rows.AsSpan(at, Math.Min(most, _count - at)));
            kept.Add(block);
        }

        _blocks.ReturnAll(_reader);
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
        foreach (WindowLane lane in _lanes)
        {
            while (lane.TryPeek(out LaneRows rows))
            {
                int count = rows.End - rows.Start;
                lane.Take(count);
                _blocks.Take(rows.Block, count);
                _reader.OnDropped(count);
            }
        }

        _isCut = true;
    }

    /// <summary>Starts the pass again after the last row of the window that was held.</summary>
    private async ValueTask RestartAsync()
    {
        DropLater();
        _blocks.ReturnAll(_reader);
        _isCut = false;
        _order = _order.From(_firstPlace + _lastTurn, _order.WindowsAtOnce);
        _window = -1;
        if (_order.Start < _order.Length)
        {
            await _reader.RestartAsync(_order).ConfigureAwait(false);
        }
    }
}
