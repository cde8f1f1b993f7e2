using KafkaDatasets.Decoding;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Formats.Float32;

/// <summary>Values of floating-point numbers one after another, and nothing else.</summary>
/// <param name="columns">The columns: scalars, and vectors of known size, of the numbers' type.</param>
/// <param name="encoding">How the numbers are written.</param>
internal sealed class FloatRecordFormat(IReadOnlyList<DatasetColumn> columns, FloatEncoding encoding) : IRecordFormat
{
    public DatasetSchema Schema { get; } = new(encoding.ToString(), columns, new Dictionary<string, string>());

    public string Source => "the options";

    public PartPlan Compile(SchemaDocument? writer, PartLayout layout) => new FloatPlan(columns, encoding, layout);
}
