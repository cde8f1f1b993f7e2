using KafkaDatasets.Schemas;

namespace KafkaDatasets.Decoding.Avro;

/// <summary>Avro values, bound to the schema whose fields are the dataset's columns.</summary>
/// <param name="schemas">Where writers' schemas come from; null: values are bare and have the schema itself.</param>
/// <param name="reader">The dataset's schema.</param>
internal sealed class AvroRecordFormat(RegistrySchemas? schemas, SchemaDocument reader) : IRecordFormat
{
    public DatasetSchema Schema { get; } = AvroColumns.Of(reader.Avro);

    public IRowDecoder CreateDecoder(IReadOnlyList<BlockColumn> layout, BadRecords badRecords) =>
        new AvroRowDecoder(new AvroPlans(schemas, reader, layout), isFramed: schemas is not null, layout, badRecords);
}
