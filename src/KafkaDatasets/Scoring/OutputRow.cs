using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.Scoring;

/// <summary>A row of a model's output with only the columns that are written.</summary>
/// <param name="schema">The written columns.</param>
/// <param name="row">The model's output.</param>
/// <param name="columns">For each written column, its column in the model's output.</param>
internal sealed class OutputRow(DataViewSchema schema, DataViewRow row, IReadOnlyList<DataViewSchema.Column> columns) : DataViewRow
{
    public override long Position => row.Position;

    public override long Batch => row.Batch;

    public override DataViewSchema Schema => schema;

    public override bool IsColumnActive(DataViewSchema.Column column) => true;

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => row.GetGetter<TValue>(columns[column.Index]);

    public override ValueGetter<DataViewRowId> GetIdGetter() => row.GetIdGetter();
}
