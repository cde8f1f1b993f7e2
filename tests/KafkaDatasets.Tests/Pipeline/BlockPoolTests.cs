using KafkaDatasets.Pipeline;
using KafkaDatasets.Rows;
using Xunit;

namespace KafkaDatasets.Tests.Pipeline;

public class BlockPoolTests
{
    private static readonly BlockColumn[] Columns = [new(new DatasetColumn("x", ColumnType.Double))];

    [Fact]
    public void Blocks_are_given_to_the_next_pass_with_the_same_columns_and_to_no_other()
    {
        using var pool = new BlockPool(TimeProvider.System, 1 << 20);
        RowBlock[] blocks = [Block(100), Block(100)];
        pool.Keep("a", blocks);

        Assert.Equal(2 * 100 * (20 + 8), pool.Bytes);
        Assert.Empty(pool.Take("b"));
        Assert.Same(blocks, pool.Take("a"));
        Assert.Empty(pool.Take("a"));
        Assert.Equal(0, pool.Bytes);
    }

    [Fact]
    public void The_blocks_of_the_passes_that_ended_first_make_room()
    {
        using var pool = new BlockPool(TimeProvider.System, 10_000);
        pool.Keep("a", [Block(200)]);
        pool.Keep("b", [Block(100)]);
        pool.Keep("c", [Block(100)]);
        pool.Keep("too large", [Block(1000)]);

        Assert.Equal(2 * 100 * 28, pool.Bytes);
        Assert.Empty(pool.Take("a"));
        Assert.Empty(pool.Take("too large"));
        Assert.Single(pool.Take("b"));
        Assert.Single(pool.Take("c"));
    }

    [Fact]
    public void Texts_and_lists_count()
    {
        var block = new RowBlock([new(new DatasetColumn("text", ColumnType.Text)), new(new DatasetColumn("list", ColumnType.Int64) { IsVector = true })]);
        block.EnsureRows(10);
        long before = block.Bytes;
        block.Columns[0].SetText(0, 0, new byte[1000]);
        block.Columns[1].BeginList(0, 0, 0);
        block.Columns[1].SetNumber(0, block.Columns[1].NextItem(), 7L);
        block.Columns[1].EndList(0);

        Assert.InRange(block.Bytes, before + 1000 + sizeof(long), before + 10_000);
    }

    [Fact]
    public void Tensors_with_other_rules_do_not_share_blocks()
    {
        var field = new DatasetColumn("x", ColumnType.Int32) { IsVector = true };
        TensorColumn[] tensors = [TensorColumn.Int32("x", [3]), TensorColumn.Int32("x", [3], padding: 0), TensorColumn.Int32("x", [3], padding: 0, missing: -1), TensorColumn.Int32("x", [4], padding: 0), TensorColumn.Int64("x", [3])];

        Assert.Distinct(tensors.Select(t => BlockPool.Describe([new BlockColumn(field, t)], 1000)));
        Assert.NotEqual(BlockPool.Describe(Columns, 1000), BlockPool.Describe(Columns, 1024));
    }

    private static RowBlock Block(int rows)
    {
        var block = new RowBlock(Columns);
        block.EnsureRows(rows);
        return block;
    }
}
