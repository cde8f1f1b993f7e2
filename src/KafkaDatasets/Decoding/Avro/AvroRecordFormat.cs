using KafkaDatasets.Schemas;
using RecordSchema = global::Avro.RecordSchema;

namespace KafkaDatasets.Decoding.Avro;

/// <summary>Avro values, bound to the schema whose fields are the dataset's columns.</summary>
internal sealed class AvroRecordFormat : IRecordFormat
{
    private readonly RecordSchema _reader;

    /// <exception cref="SchemaException">The document is no record in Avro's schema language.</exception>
    public AvroRecordFormat(SchemaDocument reader)
    {
        _reader = AvroDocuments.Parse(reader);
        Schema = AvroColumns.Of(_reader);
        Source = reader.ToString();
    }

    public DatasetSchema Schema { get; }

    public string Source { get; }

    public ValuePlan Compile(SchemaDocument? writer, IReadOnlyList<BlockColumn> layout) =>
        AvroPlanCompiler.Compile(writer is null ? _reader : AvroDocuments.Parse(writer), _reader, layout);
}
