using KafkaDatasets.Pipeline;
using KafkaDatasets.Rows;
using Xunit;

namespace KafkaDatasets.Tests.Pipeline;

/// <summary>Blocks that a shuffled pass fills, several at the same time.</summary>
public sealed class FilledBlocksTests
{
    private static readonly BlockColumn[] Columns = [new(new DatasetColumn("x", ColumnType.Double)), new(new DatasetColumn("y", ColumnType.Single))];

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Scattered_rows_come_in_blocks_of_one_size_with_the_places_after_them(int blockRows)
    {
        var random = new Random(blockRows);
        var filled = new FilledBlocks(() => new RowBlock(Columns), blockRows);
        long written = 0;
        long read = 0;
        for (int window = 0; window < 40; window++)
        {
            int rows = random.Next(0, 200);
            var targets = new RowPosition[rows];
            for (int row = 0; row < rows;)
            {
                RowPosition first = filled.Open(rows - row, out Span<long> places);
                for (int i = 0; i < places.Length; i++, row++)
                {
                    targets[row] = first with { Row = first.Row + i };
                    places[i] = written + row + 1;
                }
            }

            int[] shuffled = [.. Enumerable.Range(0, rows)];
            random.Shuffle(shuffled);
            if (rows > 0)
            {
                filled.Scatter(Source(shuffled, written), new WindowStrip(0, 0, rows, 4, 0, window % 2 == 0 ? 0 : null), [.. shuffled.Select(s => targets[s])]);
            }

            filled.Complete();
            written += rows;
            while (filled.TryTake(out RowBlock? block))
            {
                Assert.Equal(blockRows, block.Rows);
                AssertNext(filled, block, ref read);
            }

            Assert.InRange(written - read, 0, blockRows - 1);
        }

        if (filled.TakeRest() is { } rest)
        {
            AssertNext(filled, rest, ref read);
        }

        Assert.Equal(written, read);
        Assert.Null(filled.TakeRest());
    }

    private static void AssertNext(FilledBlocks filled, RowBlock block, ref long read)
    {
        for (int row = 0; row < block.Rows; row++, read++)
        {
            Assert.Equal(read, ((FixedColumn<double>)block.Columns[0]).Values[row]);
            Assert.Equal(-read, ((FixedColumn<float>)block.Columns[1]).Values[row]);
            Assert.Equal((4, 2 * read), (block.Partitions[row], block.Timestamps[row]));
            Assert.Equal(read + 1, filled.PlaceAfter(row));
        }
    }

    private static RowBlock Source(int[] rows, long first)
    {
        var block = new RowBlock(Columns);
        block.EnsureRows(rows.Length);
        for (int i = 0; i < rows.Length; i++)
        {
            long value = first + rows[i];
            block.Columns[0].SetNumber(i, 0, (double)value);
            block.Columns[1].SetNumber(i, 0, (double)-value);
            block.CompleteRow(4, i, 2 * value);
        }

        return block;
    }
}
