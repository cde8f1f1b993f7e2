using KafkaDatasets.Decoding;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Formats.Text;

/// <summary>One scalar as text, and nothing else.</summary>
/// <param name="column">The scalar.</param>
/// <param name="missing">The texts that mean missing, besides an empty one.</param>
internal sealed class TextRecordFormat(DatasetColumn column, IReadOnlyList<string> missing) : IRecordFormat
{
    public DatasetSchema Schema { get; } = new("text", [column], new Dictionary<string, string>());

    public string Source => SchemaDocument.Options;

    public PartPlan Compile(SchemaDocument? writer, PartLayout layout) => new TextPlan(new TextStep(column, layout, missing), layout);
}
