using KafkaDatasets.Ranges;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Pipeline;

/// <summary>One topic of a <see cref="MixReader"/>: its pass, and how many rows of its present block have been taken.</summary>
/// <param name="reader">The pass.</param>
/// <param name="rows">Its rows in order.</param>
/// <param name="order">The order.</param>
/// <param name="columns">The index of each column of the mix in the topic's blocks.</param>
internal sealed class MixedTopic(BlockReader reader, IRowReader rows, ReadOrder order, IReadOnlyList<int> columns)
{
    private RowBlock? _block;
    private int _next;
    private RowEnd _before = new(order.Start);

    public BlockReader Reader => reader;

    public ReadOrder Order => order;

    /// <summary>Whether another block is needed.</summary>
    public bool IsUsedUp => _block is null || _next == _block.Rows;

    /// <summary>Where the last row that was taken ends.</summary>
    public RowEnd End => _next == 0 ? _before
        : rows is WindowReader window ? new RowEnd(window.PlaceAfter(_next - 1))
        : new RowEnd(-1, _block!.Partitions[_next - 1], _block.Offsets[_next - 1]);

    public ColumnBuffer Column(RowBlock block, int column) => block.Columns[columns[column]];

    /// <summary>Takes the next row of the block, and returns its index.</summary>
    public int Take() => _next++;

    /// <summary>Reads the next block; returns null at the end.</summary>
    public async ValueTask<RowBlock?> ReadAsync()
    {
        _before = End;
        _next = 0;
        if (_block is not null)
        {
            rows.Return(_block);
            _block = null;
        }

        return _block = await rows.ReadAsync().ConfigureAwait(false);
    }
}
