using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KafkaDatasets.Ranges;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Pipeline;

/// <summary>Permutes the rows of each window of a shuffled order, holding one window of decoded rows while the pipeline fetches the next.</summary>
/// <remarks>
/// Of a window that is larger than the memory, it holds the rows that come first, and then has the pass start again with the place after them: large rows cost time, but neither memory nor another order.
/// </remarks>
/// <param name="reader">The rows window by window, each window in log order.</param>
/// <param name="order">The order.</param>
/// <param name="blockRows">The number of rows in each block that it returns; the last one may have fewer.</param>
/// <param name="windowBytes">The maximum size of the rows that it holds.</param>
internal sealed class WindowReader(BlockReader reader, ShuffledOrder order, int blockRows, long windowBytes) : IRowReader
{
    private readonly List<RowBlock> _blocks = [];
    private IEnumerator<ReadPiece> _pieces = order.Pieces().GetEnumerator();
    private long _place = order.Start;
    private RowPosition[] _rows = [];
    private RowPosition[] _rowOfTurn = [];
    private int[] _turns = [];
    private int[]? _turnOfSlot;
    private ColumnBuffer[][] _columns = [];
    private long[] _places = [];
    private int[] _partitions = [];
    private long[] _offsets = [];
    private (int Partition, long Start)[] _pieceOfLane = [];
    private int[] _slotOfTurn = [];
    private int _count;
    private int _next;
    private long _window;

    /// <summary>The turns whose rows are held: from the first one up to, but not including, the last one.</summary>
    private int _firstTurn;
    private int _lastTurn;

    /// <summary>The maximum size of the rows that were held at a time, in bytes.</summary>
    public long MostBytes { get; private set; }

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
            Array.Resize(ref _partitions, first + count);
            Array.Resize(ref _offsets, first + count);
        }

        long start = (_window * order.WindowSlots) + 1;
        Span<long> places = _places.AsSpan(first, count);
        Span<int> partitions = _partitions.AsSpan(first, count);
        Span<long> offsets = _offsets.AsSpan(first, count);
        ReadOnlySpan<int> turns = _turns.AsSpan(_next, count);
        ReadOnlySpan<int> slotOfTurn = _slotOfTurn;
        ReadOnlySpan<(int Partition, long Start)> pieces = _pieceOfLane;
        int laneShift = BitOperations.Log2((uint)order.StripLength);
        int stripMask = order.StripLength - 1;
        for (int i = 0; i < turns.Length; i++)
        {
            int slot = slotOfTurn[turns[i]];
            (int partition, long from) = pieces[slot >> laneShift];
            places[i] = start + turns[i];
            partitions[i] = partition;
            offsets[i] = from + (slot & stripMask); // computed, because copying it from the row misses the caches once more
        }

        block.Gather(CollectionsMarshal.AsSpan(_blocks), _columns, _rows.AsSpan(_next, count), partitions, offsets);
        _next += count;
    }

    /// <summary>Reads the next window, or the next part of a large one; returns false at the end.</summary>
    private async ValueTask<bool> LoadAsync()
    {
        ReturnBlocks();
        _count = 0;
        _next = 0;
        if (_lastTurn < _turnOfSlot?.Length)
        {
            _place = (_window * order.WindowSlots) + _lastTurn;
            ShuffledOrder rest = order.From(_place);
            _pieces = rest.Pieces().GetEnumerator();
            await reader.RestartAsync(rest).ConfigureAwait(false);
        }

        bool isBegun = false;
        int loaded = 0;
        long bytes = 0;
        do
        {
            if (await reader.ReadAsync().ConfigureAwait(false) is not { } block)
            {
                return false;
            }

            if (!isBegun)
            {
                isBegun = true;
                Begin();
            }

            _blocks.Add(block);
            FindTurns(_blocks.Count - 1);
            loaded += block.Rows;
            bytes += block.UsedBytes;
            MostBytes = Math.Max(MostBytes, bytes);
            if (bytes > windowBytes)
            {
                bytes = MakeRoom();
            }
        }
        while (!reader.EndsWindow);

        while (!_pieces.Current.EndsWindow)
        {
            _pieces.MoveNext();
        }

        Collect();
        reader.OnDropped(loaded - _count);
        return true;
    }

    private void Begin()
    {
        _pieces.MoveNext();
        _window = _pieces.Current.Window;
        _turnOfSlot = order.TurnsOf(_window, _turnOfSlot);
        if (_rowOfTurn.Length < _turnOfSlot.Length)
        {
            _rowOfTurn = new RowPosition[_turnOfSlot.Length];
            _rows = new RowPosition[_turnOfSlot.Length];
            _turns = new int[_turnOfSlot.Length];
            _slotOfTurn = new int[_turnOfSlot.Length];
            _pieceOfLane = new (int, long)[order.Lanes];
        }

        _rowOfTurn.AsSpan().Fill(new RowPosition(-1, 0));
        _firstTurn = _window == _place / order.WindowSlots ? (int)(_place % order.WindowSlots) : 0;
        _lastTurn = _turnOfSlot.Length;
    }

    /// <summary>Finds the turn of each row of a block; the rows arrive piece by piece.</summary>
    private void FindTurns(int index)
    {
        ReadOnlySpan<int> partitions = _blocks[index].Partitions;
        ReadOnlySpan<long> offsets = _blocks[index].Offsets;
        Span<RowPosition> rowOfTurn = _rowOfTurn;
        Span<int> slotOfTurn = _slotOfTurn;
        (int firstTurn, int held) = (_firstTurn, _lastTurn - _firstTurn);
        int row = 0;
        while (row < offsets.Length)
        {
            ReadPiece piece = _pieces.Current;
            int partition = order.Snapshot.Partitions[piece.PartitionIndex].Partition;
            ReadOnlySpan<int> turns = _turnOfSlot.AsSpan(piece.Slot, (int)(piece.End - piece.Start));
            _pieceOfLane[piece.Slot / order.StripLength] = (partition, piece.Start);
            while (row < offsets.Length && partitions[row] == partition && (ulong)(offsets[row] - piece.Start) < (ulong)turns.Length)
            {
                int at = (int)(offsets[row] - piece.Start);
                int turn = turns[at];
                if ((uint)(turn - firstTurn) < (uint)held)
                {
                    rowOfTurn[turn] = new RowPosition(index, row);
                    slotOfTurn[turn] = piece.Slot + at;
                }

                row++;
            }

            if (row < offsets.Length)
            {
                _pieces.MoveNext();
            }
        }
    }

    /// <summary>Gives up rows that are not wanted, and, while the others are too many, those of the second half of the turns.</summary>
    /// <returns>The bytes that are left.</returns>
    private long MakeRoom()
    {
        Collect();
        long bytes = Compact();
        while (bytes > windowBytes / 2 && _lastTurn - _firstTurn > 1)
        {
            _lastTurn = _firstTurn + ((_lastTurn - _firstTurn) / 2);
            reader.OnWindowDivided();
            Collect();
            bytes = Compact();
        }

        return bytes;
    }

    /// <summary>Copies the rows that are held into as few blocks as possible, and returns the others.</summary>
    private long Compact()
    {
        int most = Math.Max(1, _blocks.Max(b => b.Rows));
        var kept = new List<RowBlock>();
        long bytes = 0;
        for (int at = 0; at < _count; at += most)
        {
            RowBlock block = reader.Rent();
            block.Gather(CollectionsMarshal.AsSpan(_blocks), _columns, _rows.AsSpan(at, Math.Min(most, _count - at)), [], []);
            bytes += block.UsedBytes;
            kept.Add(block);
        }

        for (int i = 0; i < _count; i++)
        {
            _rowOfTurn[_turns[i]] = new RowPosition(i / most, i % most);
        }

        ReturnBlocks();
        _blocks.AddRange(kept);
        _count = 0;
        return bytes;
    }

    /// <summary>Lists the rows that are held in their order.</summary>
    private void Collect()
    {
        _columns = [.. Enumerable.Range(0, _blocks[0].Columns.Length).Select(c => _blocks.Select(b => b.Columns[c]).ToArray())];
        _count = 0;
        for (int turn = _firstTurn; turn < _lastTurn; turn++)
        {
            RowPosition row = _rowOfTurn[turn];
            if (row.Block >= 0)
            {
                _rows[_count] = row;
                _turns[_count++] = turn;
            }
        }
    }

    private void ReturnBlocks()
    {
        foreach (RowBlock block in _blocks)
        {
            reader.Return(block);
        }

        _blocks.Clear();
    }
}
