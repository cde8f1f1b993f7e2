using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.Scoring;

/// <summary>A row as a model's schema wants it: it has every column that the schema names, and values in those that are read.</summary>
/// <param name="schema">The model's input.</param>
/// <param name="row">The columns that are read.</param>
internal sealed class InputRow(DataViewSchema schema, DataViewRow row) : DataViewRow
{
    public override long Position => row.Position;

    public override long Batch => row.Batch;

    public override DataViewSchema Schema => schema;

    public override bool IsColumnActive(DataViewSchema.Column column) => row.Schema.GetColumnOrNull(column.Name) is { } read && row.IsColumnActive(read);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => row.GetGetter<TValue>(row.Schema[column.Name]);

    public override ValueGetter<DataViewRowId> GetIdGetter() => row.GetIdGetter();
}
