using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.Tests.MLNet.Contract.Training;

/// <summary>Rows in memory that are shuffled as a topic's view shuffles its own: in the order of the ids that it gives for the same random numbers.</summary>
/// <param name="topic">The topic's view.</param>
/// <param name="load">Loads the rows of these numbers, which are the positions of their ids in canonical order.</param>
/// <param name="ids">The ids in canonical order.</param>
internal sealed class ShuffledRows(IDataView topic, Func<IEnumerable<int>, IDataView> load, IReadOnlyDictionary<ulong, int> ids) : IDataView
{
    private readonly IDataView _rows = load(Enumerable.Range(0, ids.Count));

    public bool CanShuffle => topic.CanShuffle;

    public DataViewSchema Schema => _rows.Schema;

    public long? GetRowCount() => null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        if (rand is null)
        {
            return _rows.GetRowCursor(columnsNeeded);
        }

        var order = new List<int>();
        using (DataViewRowCursor cursor = topic.GetRowCursor([], rand))
        {
            ValueGetter<DataViewRowId> getter = cursor.GetIdGetter();
            DataViewRowId id = default;
            while (cursor.MoveNext())
            {
                getter(ref id);
                order.Add(ids[id.Low]);
            }
        }

        IDataView shuffled = load(order);
        return new Cursor(Schema, order, shuffled.GetRowCursor([.. columnsNeeded.Select(c => shuffled.Schema[c.Index])]));
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded, rand)];

    /// <summary>A cursor of a view with an equal schema, which trainers want to be the same.</summary>
    private sealed class Cursor(DataViewSchema schema, List<int> order, DataViewRowCursor cursor) : DataViewRowCursor
    {
        public override DataViewSchema Schema => schema;

        public override long Position => cursor.Position;

        public override long Batch => cursor.Batch;

        public override bool MoveNext() => cursor.MoveNext();

        public override bool IsColumnActive(DataViewSchema.Column column) => cursor.IsColumnActive(cursor.Schema[column.Index]);

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new DataViewRowId((ulong)order[(int)cursor.Position], 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => cursor.GetGetter<TValue>(cursor.Schema[column.Index]);

        protected override void Dispose(bool disposing)
        {
            cursor.Dispose();
            base.Dispose(disposing);
        }
    }
}
