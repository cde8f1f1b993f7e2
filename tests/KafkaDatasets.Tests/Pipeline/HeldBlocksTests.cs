using KafkaDatasets.Pipeline;
using KafkaDatasets.Rows;
using Xunit;

namespace KafkaDatasets.Tests.Pipeline;

/// <summary>Blocks that are held until all their rows are taken.</summary>
public sealed class HeldBlocksTests
{
    /// <summary>A partition (4), an offset (8), a timestamp (8), a double (8) and a single (4).</summary>
    private const int BytesPerRow = 32;

    private static readonly BlockColumn[] Columns = [new(new DatasetColumn("x", ColumnType.Double)), new(new DatasetColumn("y", ColumnType.Single))];

    private readonly HeldBlocks _held = new();
    private readonly Returns _returns = new();

    [Fact]
    public void A_block_is_returned_once_all_its_rows_are_taken()
    {
        RowBlock first = Block(10);
        RowBlock second = Block(3);
        int firstIndex = _held.Add(first);
        int secondIndex = _held.Add(second);

        _held.Take(firstIndex, 4);
        _held.ReturnSpent(_returns);
        Assert.Empty(_returns.Blocks);

        _held.Take(secondIndex, 3);
        _held.ReturnSpent(_returns);
        Assert.Equal([second], _returns.Blocks);
        Assert.Same(first, _held.Blocks[firstIndex]);

        _held.Take(firstIndex, 6);
        Assert.Equal([second], _returns.Blocks); // not before it is asked for: its rows may still be read
        _held.ReturnSpent(_returns);
        Assert.Equal([second, first], _returns.Blocks);
        _held.ReturnSpent(_returns);
        Assert.Equal(2, _returns.Blocks.Count);
    }

    [Fact]
    public void Sizes_are_those_of_the_blocks_that_are_held()
    {
        Assert.Equal(0, _held.BytesOf(5));
        int first = _held.Add(Block(10));
        _held.Add(Block(30));
        Assert.Equal(40 * BytesPerRow, _held.Bytes);
        Assert.Equal(5 * BytesPerRow, _held.BytesOf(5));

        _held.Take(first, 10);
        _held.ReturnSpent(_returns);
        Assert.Equal(30 * BytesPerRow, _held.Bytes);
        Assert.Equal(40 * BytesPerRow, _held.MostBytes);
        Assert.Equal(30, _held.MostRows);
    }

    [Fact]
    public void Indices_are_those_of_blocks_and_columns_also_after_growing_and_reuse()
    {
        var blocks = new Dictionary<int, RowBlock>();
        for (int i = 0; i < 100; i++)
        {
            RowBlock block = Block(1 + (i % 7));
            blocks.Add(_held.Add(block), block); // throws when an index is given twice
            if (i % 3 == 2)
            {
                int given = blocks.Keys.ElementAt(i / 3);
                _held.Take(given, blocks[given].Rows);
                _held.ReturnSpent(_returns);
                Assert.Same(blocks[given], _returns.Blocks[^1]);
                blocks.Remove(given);
            }
        }

        Assert.Equal(67, blocks.Count);
        Assert.InRange(_held.Blocks.Length, 67, 128);
        foreach ((int index, RowBlock block) in blocks)
        {
            Assert.Same(block, _held.Blocks[index]);
            Assert.Equal(block.Columns, _held.Columns.Select(column => column[index]));
        }

        _held.ReturnAll(_returns);
        Assert.Equal(100, _returns.Blocks.Distinct().Count());
        Assert.Equal(0, _held.Bytes);
    }

    [Fact]
    public void A_block_that_was_added_as_taken_is_returned_with_the_spent_ones_and_never_twice()
    {
        RowBlock taken = Block(4);
        int index = _held.AddTaken(taken);
        Assert.Same(taken, _held.Blocks[index]);
        int spent = _held.Add(Block(2));
        _held.Take(spent, 2);

        _held.ReturnAll(_returns);
        _held.ReturnSpent(_returns);
        Assert.Equal(2, _returns.Blocks.Count);

        RowBlock again = Block(4);
        _held.AddTaken(again);
        _held.ReturnSpent(_returns);
        Assert.Same(again, _returns.Blocks[^1]);
    }

    private static RowBlock Block(int rows)
    {
        var block = new RowBlock(Columns);
        block.EnsureRows(rows);
        for (int row = 0; row < rows; row++)
        {
            block.CompleteRow(0, row, 0);
        }

        return block;
    }

    private sealed class Returns : IRowReader
    {
        public List<RowBlock> Blocks { get; } = [];

        public ValueTask<RowBlock?> ReadAsync() => throw new NotSupportedException();

        public RowBlock Rent() => throw new NotSupportedException();

        public void Return(RowBlock block) => Blocks.Add(block);
    }
}
