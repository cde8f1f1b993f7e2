using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KafkaDatasets.Ranges;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Pipeline;

/// <summary>Permutes the rows of each window of a shuffled order, holding one window of decoded rows while the pipeline fetches the next.</summary>
/// <param name="reader">The rows window by window, each window in log order.</param>
/// <param name="order">The order.</param>
/// <param name="blockRows">The number of rows in each block that it returns; the last one may have fewer.</param>
internal sealed class WindowReader(BlockReader reader, ShuffledOrder order, int blockRows) : IRowReader
{
    private readonly IEnumerator<ReadPiece> _pieces = order.Pieces().GetEnumerator();
    private readonly List<RowBlock> _blocks = [];
    private RowPosition[] _rows = [];
    private int[] _turns = [];
    private int _count;
    private ColumnBuffer[][] _columns = [];
    private RowPosition[] _rowOfSlot = [];
    private int[]? _slots;
    private long[] _places = [];
    private long _window;
    private int _next;

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
            NotePlaces(block.Rows, count);
            block.Gather(CollectionsMarshal.AsSpan(_blocks), _columns, _rows.AsSpan(_next, count));
            _next += count;
            if (block.Rows == blockRows)
            {
                return block;
            }
        }
    }

    public RowBlock Rent() => reader.Rent();

    public void Return(RowBlock block) => reader.Return(block);

    private void NotePlaces(int first, int count)
    {
        if (_places.Length < first + count)
        {
            Array.Resize(ref _places, first + count);
        }

        long start = (_window * order.WindowSlots) + 1;
        Span<long> places = _places.AsSpan(first, count);
        ReadOnlySpan<int> turns = _turns.AsSpan(_next, count);
        for (int i = 0; i < places.Length; i++)
        {
            places[i] = start + turns[i];
        }
    }

    /// <summary>Reads the next window; returns false at the end.</summary>
    private async ValueTask<bool> LoadAsync()
    {
        foreach (RowBlock block in _blocks)
        {
            reader.Return(block);
        }

        _blocks.Clear();
        _count = 0;
        _next = 0;
        do
        {
            if (await reader.ReadAsync().ConfigureAwait(false) is not { } block)
            {
                return false;
            }

            _blocks.Add(block);
        }
        while (!reader.EndsWindow);

        Permute();
        return true;
    }

    private void Permute()
    {
        _columns = [.. Enumerable.Range(0, _blocks[0].Columns.Length).Select(c => _blocks.Select(b => b.Columns[c]).ToArray())];
        _pieces.MoveNext();
        _window = _pieces.Current.Window;
        int[] slots = _slots = order.SlotsOf(_window, _slots);
        if (_rowOfSlot.Length < slots.Length)
        {
            _rowOfSlot = new RowPosition[slots.Length];
            _rows = new RowPosition[slots.Length];
            _turns = new int[slots.Length];
        }

        _rowOfSlot.AsSpan().Fill(new RowPosition(-1, 0));
        FindSlots();
        int first = _window == order.Start / order.WindowSlots ? (int)(order.Start % order.WindowSlots) : 0;
        for (int turn = first; turn < slots.Length; turn++)
        {
            RowPosition row = _rowOfSlot[slots[turn]];
            if (row.Block >= 0)
            {
                _rows[_count] = row;
                _turns[_count++] = turn;
            }
        }
    }

    /// <summary>Finds the slot of each row; the rows arrive piece by piece.</summary>
    private void FindSlots()
    {
        ReadPiece piece = _pieces.Current;
        int partition = order.Snapshot.Partitions[piece.PartitionIndex].Partition;
        for (int i = 0; i < _blocks.Count; i++)
        {
            ReadOnlySpan<int> partitions = _blocks[i].Partitions;
            ReadOnlySpan<long> offsets = _blocks[i].Offsets;
            for (int row = 0; row < offsets.Length; row++)
            {
                while (partitions[row] != partition || offsets[row] < piece.Start || offsets[row] >= piece.End)
                {
                    _pieces.MoveNext();
                    piece = _pieces.Current;
                    partition = order.Snapshot.Partitions[piece.PartitionIndex].Partition;
                }

                _rowOfSlot[piece.Slot + (int)(offsets[row] - piece.Start)] = new RowPosition(i, row);
            }
        }

        while (!_pieces.Current.EndsWindow)
        {
            _pieces.MoveNext();
        }
    }
}
