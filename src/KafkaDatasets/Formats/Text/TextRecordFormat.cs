using KafkaDatasets.Decoding;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Formats.Text;

/// <summary>Reads values that consist of one scalar as text.</summary>
/// <param name="column">The scalar.</param>
/// <param name="missing">The texts that mean missing, in addition to empty text.</param>
internal sealed class TextRecordFormat(DatasetColumn column, IReadOnlyList<string> missing) : IRecordFormat
{
    public DatasetSchema Schema { get; } = new("text", [column], new Dictionary<string, string>());

    public string Source => SchemaDocument.Options;

    public PartPlan Compile(SchemaDocument? writer, PartLayout layout) => new TextPlan(new TextStep(column, layout, missing), layout);
}
