using Avro;
using Google.Protobuf.Reflection;
using KafkaDatasets.Formats.Avro;
using KafkaDatasets.Formats.Encoders;
using KafkaDatasets.Formats.Protobuf;
using KafkaDatasets.Shapes;

namespace KafkaDatasets.Formats;

/// <summary>Encodes records of one .NET type.</summary>
/// <param name="Value">The encoder of values.</param>
/// <param name="Key">The encoder of keys, or null where records have none.</param>
internal sealed record RecordEncoder<T>(PartEncoder<T> Value, PartEncoder<T>? Key)
{
    /// <summary>Builds the encoder of a type: by its own schema where it is a generated class, otherwise by its properties.</summary>
    /// <exception cref="SchemaException">The type has no schema, or does not fit the given one; lists every field.</exception>
    public static RecordEncoder<T> Of(KafkaWriterOptions options)
    {
        if (AvroRecords<T>.IsAvroRecord)
        {
            RecordSchema schema = AvroRecords<T>.Schema(options);
            return new RecordEncoder<T>(AvroRecords<T>.Value(schema, options), KeyOf(options, schema.Name, schema.Namespace));
        }

        if (ProtobufMessages<T>.IsProtobufMessage)
        {
            MessageDescriptor message = ProtobufMessages<T>.Descriptor(options);
            return new RecordEncoder<T>(ProtobufMessages<T>.Value(message), ProtobufMessages<T>.WithPresence(KeyOf(options, message.Name, message.File.Package), message, options));
        }

        var plan = RowPlan.Of(options, (format, isWanted) => TypeShape.Of(typeof(T), format, options, isWanted));
        return new RecordEncoder<T>(PartEncoder<T>.Of(plan.Value), plan.Key is null ? null : PartEncoder<T>.Of(plan.Key));
    }

    /// <summary>The key of a generated class, whose values have a schema of their own: the property of the key's field. Null where records have no key.</summary>
    private static PartEncoder<T>? KeyOf(KafkaWriterOptions options, string valueName, string? valueNamespace)
        => RowPlan.KeyOf(options, valueName, valueNamespace, (format, isWanted) => TypeShape.Of(typeof(T), format, options, isWanted)) is { } key ? PartEncoder<T>.Of(key) : null;
}
