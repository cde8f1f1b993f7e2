using KafkaDatasets.Decoding;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Formats.Text;

/// <summary>Reads lines of comma-separated fields.</summary>
/// <param name="columns">The fields, in order.</param>
/// <param name="missing">The texts that mean missing, in addition to empty text.</param>
internal sealed class CsvRecordFormat(IReadOnlyList<DatasetColumn> columns, IReadOnlyList<string> missing) : IRecordFormat
{
    public DatasetSchema Schema { get; } = new("CSV", columns, new Dictionary<string, string>());

    public string Source => SchemaDocument.Options;

    public PartPlan Compile(SchemaDocument? writer, PartLayout layout) => new CsvPlan([.. columns.Select(c => new TextStep(c, layout, missing))], layout);
}
