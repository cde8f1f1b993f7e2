using KafkaDatasets.Formats.Encoders;
using KafkaDatasets.Shapes;
using Microsoft.ML;

namespace KafkaDatasets.Formats;

/// <summary>Encodes the rows of a view.</summary>
internal sealed class ViewEncoder
{
    private readonly List<DataViewSchema.Column> _columns = [];
    private readonly DataViewSchema _view;
    private readonly Func<DataViewRow, Action<ValueBuffer>> _openValue;
    private readonly Func<DataViewRow, Action<ValueBuffer>>? _openKey;

    /// <param name="view">The view's schema.</param>
    /// <param name="plan">The plan for writing its rows.</param>
    /// <exception cref="SchemaException">A field has no column, or its column cannot be written as the field's type.</exception>
    public ViewEncoder(DataViewSchema view, RowPlan plan)
    {
        _view = view;
        Plan = plan;
        _openValue = Part(plan.Value);
        _openKey = plan.Key is null ? null : Part(plan.Key);
    }

    public RowPlan Plan { get; }

    /// <summary>The columns that a cursor must activate.</summary>
    public IReadOnlyList<DataViewSchema.Column> Columns => _columns;

    /// <summary>Builds the code that writes the value, and the key if there is one, of a cursor's current row.</summary>
    public (Action<ValueBuffer> Value, Action<ValueBuffer>? Key) Open(DataViewRow cursor) => (_openValue(cursor), _openKey?.Invoke(cursor));

    private Func<DataViewRow, Action<ValueBuffer>> Part(WrittenPart part)
    {
        ViewShape.Check(_view, part.Shape);
        Func<DataViewRow, ColumnGroup> open = Group(part.Format, part.Shape, "");
        Action<ValueBuffer, ColumnGroup> write = part.Format.Record<ColumnGroup>(part.Shape, "");
        return cursor =>
        {
            ColumnGroup row = open(cursor);
            return buffer => write(buffer, row);
        };
    }

    private Func<DataViewRow, ColumnGroup> Group(ValueFormat format, RecordShape record, string path)
    {
        Func<DataViewRow, ColumnEncoder>[] fields = [.. record.Fields.Select(field => Field(format, field, path + field.Name))];
        return cursor => new ColumnGroup([.. fields.Select(open => open(cursor))]);
    }

    private Func<DataViewRow, ColumnEncoder> Field(ValueFormat format, RowField field, string path) => field.Type is RecordShape record
        ? ColumnEncoder.Compile(format, Group(format, record, $"{path}."), field, path)
        : Column(format, field, path);

    private Func<DataViewRow, ColumnEncoder> Column(ValueFormat format, RowField field, string path)
    {
        DataViewSchema.Column column = _view[path];
        _columns.Add(column);
        return ColumnEncoder.Compile(format, column, field);
    }
}
