using KafkaDatasets.Decoding;
using KafkaDatasets.Schemas;
using AvroSchema = global::Avro.Schema;

namespace KafkaDatasets.Formats.Avro;

/// <summary>Reads Avro values, bound to the schema whose fields are the dataset's columns.</summary>
internal sealed class AvroRecordFormat : IRecordFormat
{
    private readonly AvroSchema _reader;
    private readonly WantedColumns _wanted;
    private readonly PlanCache _plans;

    /// <summary>Binds a schema.</summary>
    /// <param name="reader">The schema.</param>
    /// <param name="wanted">The columns that are requested by name.</param>
    /// <exception cref="SchemaException">The document is not a valid Avro schema.</exception>
    public AvroRecordFormat(SchemaDocument reader, WantedColumns wanted)
    {
        _reader = AvroDocuments.Parse(reader);
        _wanted = wanted;
        Schema = AvroColumns.Of(_reader, wanted);
        Source = reader.ToString();
        _plans = PlanCache.Of(reader, wanted);
    }

    public DatasetSchema Schema { get; }

    public string Source { get; }

    public DatasetSchema? SchemaOf(SchemaDocument writer) => AvroColumns.Of(AvroDocuments.Parse(writer), _wanted);

    public PartPlan Compile(SchemaDocument? writer, PartLayout layout) =>
        _plans.GetOrAdd(writer, layout, () => AvroPlanCompiler.Compile(writer is null ? _reader : AvroDocuments.Parse(writer), _reader, _wanted, layout));
}
