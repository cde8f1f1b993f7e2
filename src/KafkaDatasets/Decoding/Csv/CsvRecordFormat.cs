using KafkaDatasets.Schemas;

namespace KafkaDatasets.Decoding.Csv;

/// <summary>Lines of comma-separated fields, and a column in the record's key where there is one.</summary>
/// <param name="columns">The columns of the values' fields, in their order.</param>
/// <param name="key">The column that is in the key, or null.</param>
internal sealed class CsvRecordFormat(IReadOnlyList<DatasetColumn> columns, DatasetColumn? key) : IRecordFormat
{
    public DatasetSchema Schema { get; } = new("CSV", key is null ? columns : [key, .. columns], new Dictionary<string, string>());

    public string Source => "the options";

    public ValuePlan Compile(SchemaDocument? writer, IReadOnlyList<BlockColumn> layout)
    {
        ILookup<string, ColumnTarget> targets = ColumnTargets.Of(layout);
        return new CsvPlan([.. columns.Select(c => new TextStep(c, targets))], layout);
    }

    public ValuePlan? CompileKey(IReadOnlyList<BlockColumn> layout) => key is null ? null : new TextPlan(new TextStep(key, ColumnTargets.Of(layout)), layout);
}
