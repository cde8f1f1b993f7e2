using Avro;
using Avro.Generic;
using Avro.IO;
using Avro.Specific;
using Confluent.SchemaRegistry;
using KafkaDatasets.Formats.Encoders;
using KafkaDatasets.Schemas;
using KafkaDatasets.Shapes;

namespace KafkaDatasets.Formats.Avro;

/// <summary>Encodes Apache.Avro records, both generic and generated: they carry their own schema, and Apache.Avro writes them.</summary>
internal static class AvroRecords<T>
{
    /// <summary>Whether the type is a record of Apache.Avro.</summary>
    public static bool IsAvroRecord { get; } = typeof(T) == typeof(GenericRecord) || typeof(ISpecificRecord).IsAssignableFrom(typeof(T));

    /// <summary>Returns the schema that records are written with: the given one, or the generated class's own.</summary>
    /// <exception cref="SchemaException">The options request another format, or a key that a generic record does not have, or there is no schema.</exception>
    public static RecordSchema Schema(KafkaWriterOptions options)
    {
        if (options.Format != WriteFormat.Avro)
        {
            throw new SchemaException($"{typeof(T).Name} is a record of Apache.Avro, which can be written as {nameof(WriteFormat)}.{nameof(WriteFormat.Avro)} only.");
        }

        if (options.Key is not null && typeof(T) == typeof(GenericRecord))
        {
            throw new SchemaException($"A {nameof(GenericRecord)} has no property that could be the {nameof(KafkaWriterOptions.Key)}: write a generated class, or a type of your own.");
        }

        return options.Schema is { } given ? AvroDocuments.ParseRecord(SchemaDocument.OfOptions(SchemaType.Avro, given))
            : typeof(T).GetField("_SCHEMA")?.GetValue(null) as RecordSchema
            ?? throw new SchemaException($"{typeof(T).Name} has no schema of its own: set {nameof(KafkaWriterOptions)}.{nameof(KafkaWriterOptions.Schema)}.");
    }

    /// <summary>Builds the encoder of values.</summary>
    public static PartEncoder<T> Value(RecordSchema schema, KafkaWriterOptions options)
        => new(new WrittenSchema(schema.Fullname, SchemaType.Avro, options.Schema ?? schema.ToString()), Writer(schema));

    private static Action<ValueBuffer, T> Writer(RecordSchema schema)
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
                throw new SchemaException($"The record does not fit the schema {schema.Fullname}: {e.Message.TrimEnd('.')}.", e);
            }

            buffer.WriteRaw(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
        };
    }
}
