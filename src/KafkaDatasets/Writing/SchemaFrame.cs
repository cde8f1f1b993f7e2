using System.Buffers.Binary;
using Confluent.Kafka;
using KafkaDatasets.Decoding;
using KafkaDatasets.Formats.Encoders;

namespace KafkaDatasets.Writing;

/// <summary>The frame that identifies the schema of values or keys: bytes before each, a record header, or nothing.</summary>
/// <param name="Prefix">The bytes before each value or key; empty if there are none.</param>
/// <param name="Header">The header, or null if there is none.</param>
internal sealed record SchemaFrame(ReadOnlyMemory<byte> Prefix, Header? Header)
{
    /// <summary>Registers the schema, if there is one and the options request it.</summary>
    /// <exception cref="SchemaException">The registry cannot be reached or refuses the schema.</exception>
    public static async Task<SchemaFrame> RegisterAsync(string topic, MessageComponentType part, WrittenSchema? schema, KafkaWriterOptions options, CancellationToken cancellationToken)
    {
        if (schema is null || !options.IsRegistered)
        {
            return new SchemaFrame(default, null);
        }

        (int id, Guid? guid) = await SchemaRegistration.RegisterAsync(topic, part, schema, options, cancellationToken).ConfigureAwait(false);
        if (guid is { } it)
        {
            return new SchemaFrame(default, new Header((part == MessageComponentType.Key ? DataPart.Key : DataPart.Value).SchemaHeader, [1, .. it.ToByteArray(bigEndian: true), .. schema.AfterId.Span]));
        }

        byte[] prefix = [0, 0, 0, 0, 0, .. schema.AfterId.Span];
        BinaryPrimitives.WriteInt32BigEndian(prefix.AsSpan(1), id);
        return new SchemaFrame(prefix, null);
    }
}
