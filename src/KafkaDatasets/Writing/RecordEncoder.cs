using KafkaDatasets.Formats.Avro;
using KafkaDatasets.Formats.Protobuf;
using KafkaDatasets.Shapes;

namespace KafkaDatasets.Writing;

/// <summary>The code that writes records of one .NET type.</summary>
/// <param name="Value">That of the value.</param>
/// <param name="Key">That of the key, or null where there are none.</param>
internal sealed record RecordEncoder<T>(PartEncoder<T> Value, PartEncoder<T>? Key)
{
    /// <exception cref="SchemaException">The type has no schema, or does not fit the one given; names every field.</exception>
    public static RecordEncoder<T> Of(KafkaWriterOptions options)
    {
        if (AvroRecords<T>.Are)
        {
            return AvroRecords<T>.Encoder(options);
        }

        if (ProtobufMessages<T>.Are)
        {
            return ProtobufMessages<T>.Encoder(options);
        }

        var plan = RowPlan.Of(options, (format, isWanted) => TypeShape.Of(typeof(T), format, options, isWanted));
        return new RecordEncoder<T>(PartEncoder<T>.Of(plan.Value), plan.Key is null ? null : PartEncoder<T>.Of(plan.Key));
    }
}
