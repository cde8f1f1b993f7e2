using KafkaDatasets.Decoding;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Formats.Float32;

/// <summary>Values of 32-bit little-endian floating-point numbers one after another (IEEE 754 binary32), nothing else.</summary>
/// <param name="columns">The columns: scalars, and vectors of known size, of type Single.</param>
internal sealed class Float32RecordFormat(IReadOnlyList<DatasetColumn> columns) : IRecordFormat
{
    public DatasetSchema Schema { get; } = new("Float32", columns, new Dictionary<string, string>());

    public string Source => SchemaDocument.Options;

    public PartPlan Compile(SchemaDocument? writer, PartLayout layout) => new Float32Plan(columns, layout);
}
