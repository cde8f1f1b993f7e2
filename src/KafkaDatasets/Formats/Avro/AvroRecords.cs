using Avro;
using Avro.Generic;
using Avro.IO;
using Avro.Specific;
using Confluent.SchemaRegistry;
using KafkaDatasets.Schemas;
using KafkaDatasets.Shapes;
using KafkaDatasets.Writing;

namespace KafkaDatasets.Formats.Avro;

/// <summary>Records of Apache.Avro, generic ones and those of generated classes: they have schemas of their own, and Apache.Avro writes them.</summary>
internal static class AvroRecords<T>
{
    public static bool Are { get; } = typeof(T) == typeof(GenericRecord) || typeof(ISpecificRecord).IsAssignableFrom(typeof(T));

    /// <exception cref="SchemaException">The type does not say its schema, and none is given, or the format is another.</exception>
    public static RecordEncoder<T> Encoder(KafkaWriterOptions options)
    {
        if (options.Format != WriteFormat.Avro)
        {
            throw new SchemaException($"{typeof(T).Name} is a record of Apache.Avro, which can be written as {nameof(WriteFormat)}.{nameof(WriteFormat.Avro)} only.");
        }

        if (options.Key is not null && typeof(T) == typeof(GenericRecord))
        {
            throw new SchemaException($"A {nameof(GenericRecord)} has no property that could be the {nameof(KafkaWriterOptions.Key)}: write a generated class, or a type of your own.");
        }

        RecordSchema schema = options.Schema is { } given ? AvroDocuments.ParseRecord(SchemaDocument.OfOptions(SchemaType.Avro, given))
            : typeof(T).GetField("_SCHEMA")?.GetValue(null) as RecordSchema
            ?? throw new SchemaException($"{typeof(T).Name} does not say its schema: set {nameof(KafkaWriterOptions)}.{nameof(KafkaWriterOptions.Schema)}.");
        return new RecordEncoder<T>(new PartEncoder<T>(new WrittenSchema(schema.Fullname, SchemaType.Avro, options.Schema ?? schema.ToString()), Value(schema)), PartEncoder<T>.KeyOf(options, schema.Name, schema.Namespace));
    }

    private static Action<ValueBuffer, T> Value(RecordSchema schema)
    {
        var bytes = new MemoryStream();
        var encoder = new BinaryEncoder(bytes);
        DatumWriter<T> writer = typeof(T) == typeof(GenericRecord) ? new GenericDatumWriter<T>(schema) : new SpecificDatumWriter<T>(schema);
        return (buffer, record) =>
        {
            bytes.SetLength(0);
            try
            {
                writer.Write(record, encoder);
            }
            catch (AvroException e)
            {
                throw new SchemaException($"The record does not fit the schema {schema.Fullname}: {e.Message}", e);
            }

            buffer.WriteRaw(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
        };
    }
}
