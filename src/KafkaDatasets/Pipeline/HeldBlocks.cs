using KafkaDatasets.Rows;

namespace KafkaDatasets.Pipeline;

/// <summary>The blocks that a reader holds because rows of them are still needed, by index.</summary>
internal sealed class HeldBlocks
{
    private readonly Stack<int> _free = new();
    private readonly List<int> _spent = [];
    private RowBlock[] _blocks = [];
    private int[] _left = [];
    private long _rows;

    public ReadOnlySpan<RowBlock> Blocks => _blocks;

    /// <summary>For each column, that of each block.</summary>
    public ColumnBuffer[][] Columns { get; private set; } = [];

    /// <summary>Whether rows can be copied to any place of another block, in any order.</summary>
    public bool CanScatter { get; private set; }

    /// <summary>The size of the rows of all blocks, in bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>The maximum of <see cref="Bytes"/> so far.</summary>
    public long MostBytes { get; private set; }

    /// <summary>The number of rows of the largest block so far.</summary>
    public int MostRows { get; private set; }

    /// <summary>The approximate size of a number of rows, in bytes.</summary>
    public long BytesOf(int rows) => _rows == 0 ? 0 : (long)((double)Bytes / _rows * rows);

    /// <summary>Takes ownership of a block, and returns its index.</summary>
    public int Add(RowBlock block) => Add(block, block.Rows);

    /// <summary>Takes ownership of a block whose rows are all taken, and returns its index.</summary>
    public int AddTaken(RowBlock block) => Add(block, 0);

    /// <summary>Counts rows as taken: the block is spent when all are.</summary>
    public void Take(int index, int rows)
    {
        _left[index] -= rows;
        if (_left[index] == 0)
        {
            _spent.Add(index);
        }
    }

    /// <summary>Returns the blocks whose rows are all taken.</summary>
    public void ReturnSpent(IRowReader reader)
    {
        foreach (int index in _spent)
        {
            Return(index, reader);
        }

        _spent.Clear();
    }

    public void ReturnAll(IRowReader reader)
    {
        _spent.Clear();
        for (int i = 0; i < _blocks.Length; i++)
        {
            if (_blocks[i] is not null)
            {
                Return(i, reader);
            }
        }
    }

    private int Add(RowBlock block, int left)
    {
        if (!_free.TryPop(out int index))
        {
            index = _blocks.Length;
            Grow(Math.Max(16, 2 * index), block.Columns.Length);
            CanScatter = block.CanScatter;
        }

        _blocks[index] = block;
        _left[index] = left;
        for (int i = 0; i < Columns.Length; i++)
        {
            Columns[i][index] = block.Columns[i];
        }

        _rows += block.Rows;
        Bytes += block.UsedBytes;
        MostBytes = Math.Max(MostBytes, Bytes);
        MostRows = Math.Max(MostRows, block.Rows);
        if (left == 0)
        {
            _spent.Add(index);
        }

        return index;
    }

    private void Return(int index, IRowReader reader)
    {
        RowBlock block = _blocks[index];
        _rows -= block.Rows;
        Bytes -= block.UsedBytes;
        _blocks[index] = null!;
        _free.Push(index);
        reader.Return(block);
    }

    private void Grow(int size, int columns)
    {
        for (int i = size - 1; i > _blocks.Length; i--)
        {
            _free.Push(i);
        }

        Array.Resize(ref _blocks, size);
        Array.Resize(ref _left, size);
        Columns = Columns.Length == columns ? Columns : [.. Enumerable.Range(0, columns).Select(_ => Array.Empty<ColumnBuffer>())];
        for (int i = 0; i < columns; i++)
        {
            Array.Resize(ref Columns[i], size);
        }
    }
}
