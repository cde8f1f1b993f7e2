using Avro;
using Google.Protobuf.Reflection;
using KafkaDatasets.Formats.Avro;
using KafkaDatasets.Formats.Encoders;
using KafkaDatasets.Formats.Protobuf;
using KafkaDatasets.Shapes;

namespace KafkaDatasets.Formats;

/// <summary>Encodes records of one .NET type.</summary>
/// <param name="Value">The encoder of values.</param>
/// <param name="Key">The encoder of keys, or null when records have no keys.</param>
internal sealed record RecordEncoder<T>(PartEncoder<T> Value, PartEncoder<T>? Key)
{
    /// <summary>Builds the encoder of a type: from its own schema for a generated class, otherwise from its properties.</summary>
    /// <exception cref="SchemaException">The type has no schema, or does not match the given one; the message lists every field.</exception>
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

    /// <summary>Builds the key encoder of a generated class, whose key is the property of the key's field; null when records have no keys.</summary>
    private static PartEncoder<T>? KeyOf(KafkaWriterOptions options, string valueName, string? valueNamespace)
        => RowPlan.KeyOf(options, valueName, valueNamespace, (format, isWanted) => TypeShape.Of(typeof(T), format, options, isWanted)) is { } key ? PartEncoder<T>.Of(key) : null;
}
