using KafkaDatasets.Decoding;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Formats.Float32;

/// <summary>Reads values that consist only of consecutive floating-point numbers.</summary>
/// <param name="columns">The columns: scalars, and vectors of fixed size, of the numbers' type.</param>
/// <param name="encoding">The encoding of the numbers.</param>
internal sealed class FloatRecordFormat(IReadOnlyList<DatasetColumn> columns, FloatEncoding encoding) : IRecordFormat
{
    public DatasetSchema Schema { get; } = new(encoding.ToString(), columns, new Dictionary<string, string>());

    public string Source => "the options";

    public PartPlan Compile(SchemaDocument? writer, PartLayout layout) => new FloatPlan(columns, encoding, layout);
}
