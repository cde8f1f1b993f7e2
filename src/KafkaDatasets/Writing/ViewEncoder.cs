using KafkaDatasets.Writing.Formats;
using KafkaDatasets.Writing.Shapes;
using Microsoft.ML;

namespace KafkaDatasets.Writing;

/// <summary>Writes the rows of a view.</summary>
internal sealed class ViewEncoder
{
    private readonly List<DataViewSchema.Column> _columns = [];
    private readonly DataViewSchema _view;
    private readonly Action<ValueBuffer, ColumnGroup> _write;
    private readonly Func<DataViewRowCursor, ColumnGroup> _open;
    private readonly Func<DataViewRowCursor, ColumnEncoder>? _openKey;

    /// <exception cref="SchemaException">A field has no column, or one that cannot be written as it.</exception>
    public ViewEncoder(DataViewSchema view, RowPlan plan)
    {
        ViewShape.Check(view, plan.Value);
        _view = view;
        Plan = plan;
        _open = Group(plan.Value, "");
        _write = plan.Format.Record<ColumnGroup>(plan.Value, "");
        _openKey = plan.Key is { } key ? Column(new KeyValues(), key, key.Name) : null;
    }

    public RowPlan Plan { get; }

    /// <summary>The columns that a cursor must have.</summary>
    public IReadOnlyList<DataViewSchema.Column> Columns => _columns;

    /// <summary>The code that writes the value, and the key if there is one, of the row that a cursor is at.</summary>
    public Action<ValueBuffer, ValueBuffer?> Open(DataViewRowCursor cursor)
    {
        ColumnGroup row = _open(cursor);
        ColumnEncoder? key = _openKey?.Invoke(cursor);
        return (valueBuffer, keyBuffer) =>
        {
            _write(valueBuffer, row);
            key?.Encode(keyBuffer!);
        };
    }

    private Func<DataViewRowCursor, ColumnGroup> Group(RecordShape record, string path)
    {
        Func<DataViewRowCursor, ColumnEncoder>[] fields = [.. record.Fields.Select(field => Field(field, path + field.Name))];
        return cursor => new ColumnGroup([.. fields.Select(open => open(cursor))]);
    }

    private Func<DataViewRowCursor, ColumnEncoder> Field(RowField field, string path) => field.Type is RecordShape record
        ? ColumnEncoder.Compile(Plan.Format, Group(record, $"{path}."), field, path)
        : Column(Plan.Format, field, path);

    private Func<DataViewRowCursor, ColumnEncoder> Column(ValueFormat format, RowField field, string path)
    {
        DataViewSchema.Column column = _view[path];
        _columns.Add(column);
        return ColumnEncoder.Compile(format, column, field);
    }
}
