using System.Diagnostics.CodeAnalysis;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Pipeline;

/// <summary>The blocks that a shuffled pass returns, of the same number of rows but for the last one, and the places in the order after their rows. Several are filled at the same time.</summary>
/// <param name="rent">Rents an empty block.</param>
/// <param name="blockRows">The number of rows of a block.</param>
internal sealed class FilledBlocks(Func<RowBlock> rent, int blockRows)
{
    private RowBlock[] _blocks = [];
    private ColumnBuffer[][] _columns = [];
    private long[][] _places = [];
    private long[] _placesOfTaken = [];
    private int _taken;
    private int _count;

    /// <summary>The number of rows of the last block.</summary>
    private int _rows;

    public RowBlock this[int block] => _blocks[block];

    /// <summary>The place after a row of the block that was taken last.</summary>
    public long PlaceAfter(int row) => _placesOfTaken[row];

    /// <summary>Takes the next full block, which then belongs to the caller; the rows of all blocks must have been written.</summary>
    public bool TryTake([NotNullWhen(true)] out RowBlock? block)
    {
        bool isFull = _taken < _count - 1 || (_taken < _count && _rows == blockRows);
        block = isFull ? Take() : null;
        return isFull;
    }

    /// <summary>Takes the last block, which has fewer rows; null if there is none.</summary>
    public RowBlock? TakeRest() => _taken < _count ? Take() : null;

    /// <summary>Makes room for rows, which the caller must write.</summary>
    /// <param name="most">How many rows are to be written at most.</param>
    /// <param name="places">The places after the rows, which the caller must set; their number is that of the rows.</param>
    /// <returns>The first of the rows.</returns>
    public RowPosition Open(int most, out Span<long> places)
    {
        if (_taken > 0 && _taken == _count - 1)
        {
            MoveToFront();
        }

        if (_count == 0 || _rows == blockRows)
        {
            Add();
        }

        int first = _rows;
        int last = _count - 1;
        _rows += Math.Min(most, blockRows - first);
        if (_places[last].Length < _rows)
        {
            int room = Math.Max(_rows, Math.Min(2 * first, blockRows));
            Array.Resize(ref _places[last], room);
        }

        _blocks[last].EnsureRows(_rows);
        places = _places[last].AsSpan(first, _rows - first);
        return new RowPosition(last, first);
    }

    /// <summary>Copies consecutive rows of a block to theirs.</summary>
    /// <param name="source">The block.</param>
    /// <param name="strip">The rows.</param>
    /// <param name="targets">Where the rows belong, which was returned by <see cref="Open"/>.</param>
    public void Scatter(RowBlock source, in WindowStrip strip, ReadOnlySpan<RowPosition> targets) => source.Scatter(strip.Start, strip.Partition, strip.Start + strip.Shift, _blocks, _columns, targets);

    /// <summary>Counts the rows that have been scattered.</summary>
    public void Complete()
    {
        for (int i = _taken; i < _count; i++)
        {
            _blocks[i].Seek(i == _count - 1 ? _rows : blockRows);
        }
    }

    private RowBlock Take()
    {
        RowBlock block = _blocks[_taken];
        (_placesOfTaken, _places[_taken]) = (_places[_taken], _placesOfTaken);
        _taken++;
        if (_taken == _count)
        {
            (_taken, _count, _rows) = (0, 0, 0);
        }

        return block;
    }

    /// <summary>Moves the last block into the room of the first one, which has been taken.</summary>
    private void MoveToFront()
    {
        _blocks[0] = _blocks[_taken];
        (_places[0], _places[_taken]) = (_places[_taken], _places[0]);
        foreach (ColumnBuffer[] column in _columns)
        {
            column[0] = column[_taken];
        }

        (_taken, _count) = (0, 1);
    }

    private void Add()
    {
        RowBlock block = rent();
        if (_count == _blocks.Length)
        {
            int size = Math.Max(8, 2 * _count);
            Array.Resize(ref _blocks, size);
            Array.Resize(ref _places, size);
            Array.Fill(_places, [], _count, size - _count);
            _columns = _columns.Length == 0 ? [.. block.Columns.Select(_ => Array.Empty<ColumnBuffer>())] : _columns;
            for (int i = 0; i < _columns.Length; i++)
            {
                Array.Resize(ref _columns[i], size);
            }
        }

        _blocks[_count] = block;
        for (int i = 0; i < _columns.Length; i++)
        {
            _columns[i][_count] = block.Columns[i];
        }

        _count++;
        _rows = 0;
    }
}
