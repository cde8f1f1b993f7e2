using KafkaDatasets.Pipeline;
using KafkaDatasets.Rows;
using Microsoft.ML;

namespace KafkaDatasets.MLNet;

/// <summary>A view of the rows of one block, valid until the block is returned to its pool.</summary>
/// <param name="block">The rows.</param>
/// <param name="layout">The layout of the block's columns.</param>
/// <param name="schema">The schema.</param>
/// <param name="isGone">Whether the block has been returned.</param>
internal sealed class BlockView(RowBlock block, RowLayout layout, ViewSchema schema, Func<bool> isGone) : IDataView
{
    public DataViewSchema Schema => schema.DataView;

    public bool CanShuffle => false;

    public long? GetRowCount() => block.Rows;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        bool[] active = schema.Activate(columnsNeeded);
        return new KafkaCursor(schema, active, layout, () => new CursorPass(new Once(block, isGone), () => { }, () => TimeSpan.Zero), static (_, row) => (ulong)row, null);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded, rand)];

    private sealed class Once(RowBlock block, Func<bool> isGone) : IRowReader
    {
        private bool _given;

        public ValueTask<RowBlock?> ReadAsync()
        {
            ObjectDisposedException.ThrowIf(isGone(), typeof(LiveBatch));
            RowBlock? next = _given ? null : block;
            _given = true;
            return new ValueTask<RowBlock?>(next);
        }

        public RowBlock Rent() => throw new NotSupportedException();

        public void Return(RowBlock block)
        {
            // The batch owns the block.
        }
    }
}
