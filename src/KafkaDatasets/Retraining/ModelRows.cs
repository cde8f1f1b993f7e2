using KafkaDatasets.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.Retraining;

/// <summary>
/// Rows as a model's schema wants them. Many pipelines also transform what only training needs: a label that is a text in the rows that they were trained from, or a column that these rows do not have.
/// Such a column is there with the type that it had, and without values, since no score depends on it. The label that the rows have is in <see cref="TruthName"/>, whatever the model makes of its own.
/// </summary>
internal sealed class ModelRows : IDataView
{
    /// <summary>The column with the rows' own label.</summary>
    public const string TruthName = "(label)";

    private readonly IDataView _rows;

    /// <summary>For each column, the name of the column of the rows that has its values; null if it has none.</summary>
    private readonly string?[] _sources;

    /// <summary>Shows rows to a model.</summary>
    /// <param name="rows">The rows, with a label.</param>
    /// <param name="training">The schema of the rows that the model was trained from; null if it is not known.</param>
    public ModelRows(IDataView rows, DataViewSchema? training)
    {
        _rows = rows;
        var sources = new List<string?>();
        var schema = new DataViewSchema.Builder();
        foreach (DataViewSchema.Column column in rows.Schema.Where(c => !c.IsHidden))
        {
            DataViewSchema.Column? trained = column.Name == ViewSchema.LabelName ? training?.GetColumnOrNull(column.Name) : null;
            bool isOther = trained is { } label && !label.Type.Equals(column.Type);
            Add(isOther ? trained!.Value : column, column.Name, isOther ? null : column.Name);
        }

        Add(rows.Schema[ViewSchema.LabelName], TruthName, ViewSchema.LabelName);
        foreach (DataViewSchema.Column column in (training ?? rows.Schema).Where(c => !c.IsHidden && rows.Schema.GetColumnOrNull(c.Name) is null))
        {
            Add(column, column.Name, null);
        }

        Schema = schema.ToSchema();
        _sources = [.. sources];

        void Add(DataViewSchema.Column column, string name, string? source)
        {
            schema.AddColumn(name, column.Type, column.Annotations);
            sources.Add(source);
        }
    }

    public bool CanShuffle => false;

    public DataViewSchema Schema { get; }

    public long? GetRowCount() => _rows.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var needed = new List<DataViewSchema.Column>();
        foreach (DataViewSchema.Column column in columnsNeeded)
        {
            needed.Add(_rows.Schema[_sources[column.Index] ?? throw new ArgumentException($"its scores depend on the column '{column.Name}' of type {column.Type}, which the rows do not have")]);
        }

        return new Cursor(this, _rows.GetRowCursor([.. needed.DistinctBy(c => c.Index)]));
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(ModelRows view, DataViewRowCursor rows) : DataViewRowCursor
    {
        public override long Position => rows.Position;

        public override long Batch => rows.Batch;

        public override DataViewSchema Schema => view.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => view._sources[column.Index] is { } source && rows.IsColumnActive(rows.Schema[source]);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => rows.GetGetter<TValue>(rows.Schema[view._sources[column.Index]!]);

        public override ValueGetter<DataViewRowId> GetIdGetter() => rows.GetIdGetter();

        public override bool MoveNext() => rows.MoveNext();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                rows.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
