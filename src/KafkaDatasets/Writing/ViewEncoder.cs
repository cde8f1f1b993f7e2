using KafkaDatasets.Writing.Formats;
using KafkaDatasets.Writing.Shapes;
using Microsoft.ML;

namespace KafkaDatasets.Writing;

/// <summary>Writes the rows of a view.</summary>
internal sealed class ViewEncoder
{
    private readonly Func<DataViewRowCursor, ColumnEncoder>[] _value;
    private readonly Func<DataViewRowCursor, ColumnEncoder>? _key;

    /// <exception cref="SchemaException">A field has no column, or one that cannot be written as it.</exception>
    public ViewEncoder(DataViewSchema view, RowPlan plan)
    {
        Plan = plan;
        DataViewSchema.Column[] columns = ViewShape.Match(view, plan.Value);
        _value = [.. columns.Zip(plan.Value.Fields, (column, field) => ColumnEncoder.Compile(plan.Format, column, field))];
        _key = plan.Key is { } key ? ColumnEncoder.Compile(new KeyValues(), view[key.Name], key) : null;
        Columns = plan.Key is null ? columns : [.. columns, view[plan.Key.Name]];
    }

    public RowPlan Plan { get; }

    /// <summary>The columns that a cursor must have.</summary>
    public DataViewSchema.Column[] Columns { get; }

    /// <summary>The code that writes the row that a cursor is at.</summary>
    public Action<RowTarget> Open(DataViewRowCursor cursor)
    {
        ColumnEncoder[] columns = [.. _value.Select(open => open(cursor))];
        ColumnEncoder? key = _key?.Invoke(cursor);
        ValueFormat format = Plan.Format;
        return target =>
        {
            format.Open(target.Value);
            foreach (ColumnEncoder column in columns)
            {
                column.Encode(target.Value);
            }

            format.Close(target.Value);
            key?.Encode(target.Key!);
        };
    }
}
