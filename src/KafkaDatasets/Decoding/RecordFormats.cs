using KafkaDatasets.Decoding.Avro;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Decoding;

/// <summary>Binds the format that the options ask for.</summary>
internal static class RecordFormats
{
    public static async ValueTask<IRecordFormat> BindAsync(string topic, KafkaDatasetOptions options, CancellationToken cancellationToken)
    {
        switch (options.Format)
        {
            case RecordFormat.AvroFormat avro:
                const string name = "the options";
                return new AvroRecordFormat(null, new SchemaDocument(null, name, AvroDocuments.Parse([avro.SchemaJson], name, null)));
            default:
                var registry = (RecordFormat.RegistryFormat)options.Format;
                var schemas = new RegistrySchemas(options.SchemaRegistry!, options.Timeout, options.TimeProvider);
                SchemaDocument reader = await schemas.GetAsync(registry.Subject ?? $"{topic}-value", registry.Version, cancellationToken).ConfigureAwait(false);
                return new AvroRecordFormat(schemas, reader);
        }
    }
}
