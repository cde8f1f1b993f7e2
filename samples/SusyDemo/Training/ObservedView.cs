using Microsoft.ML;
using Microsoft.ML.Data;

namespace SusyDemo.Training;

/// <summary>A view as it is, that tells how many rows have been read by all its cursors together, and whose cursors can be cancelled.</summary>
/// <param name="source">The view.</param>
/// <param name="report">Told the rows now and then, from any thread.</param>
/// <param name="cancellationToken">Ends the cursors with <see cref="OperationCanceledException"/>.</param>
internal sealed class ObservedView(IDataView source, Action<long> report, CancellationToken cancellationToken) : IDataView
{
    private const int Interval = 1024;

    private long _rows;

    public DataViewSchema Schema => source.Schema;

    public bool CanShuffle => source.CanShuffle;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(this, source.GetRowCursor(columnsNeeded, rand));

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [.. source.GetRowCursorSet(columnsNeeded, n, rand).Select(c => new Cursor(this, c))];

    private void Add(int rows)
    {
        report(Interlocked.Add(ref _rows, rows));
        cancellationToken.ThrowIfCancellationRequested();
    }

    private sealed class Cursor(ObservedView view, DataViewRowCursor input) : DataViewRowCursor
    {
        private int _unreported;

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override DataViewSchema Schema => input.Schema;

        public override bool MoveNext()
        {
            bool moved = input.MoveNext();
            if (moved && ++_unreported < Interval)
            {
                return true;
            }

            view.Add(_unreported);
            _unreported = 0;
            return moved;
        }

        public override bool IsColumnActive(DataViewSchema.Column column) => input.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => input.GetGetter<TValue>(column);

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                input.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
