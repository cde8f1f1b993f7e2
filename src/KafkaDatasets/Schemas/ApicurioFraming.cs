using System.Buffers.Binary;
using System.Globalization;

namespace KafkaDatasets.Schemas;

/// <summary>The frames of Apicurio's serializers: an id in a header, or before the payload.</summary>
/// <param name="prefixed">The kind of id that precedes payloads.</param>
internal sealed class ApicurioFraming(SchemaIdKind prefixed) : RecordFraming
{
    internal override ProtobufMarking Marking => ProtobufMarking.TypeReference;

    public override RecordFrame Read(FramedBytes record)
    {
        if (record.HasHeaders && TryReadHeaders(record, out WriterSchemaId schema))
        {
            CheckEncoding(record);
            record.TryGetHeader(record.IsKey ? "apicurio.protobuf.type.key"u8 : "apicurio.protobuf.type"u8, out ReadOnlySpan<byte> message);
            return new(schema, record.Bytes, message);
        }

        ReadOnlySpan<byte> bytes = record.Bytes;
        string part = record.IsKey ? "key" : "value";
        if (bytes.Length < 1 + sizeof(int))
        {
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"the {part} has {bytes.Length} bytes, too few for the magic byte and an id, and the record has no header with an id of Apicurio"));
        }

        if (bytes[0] != 0)
        {
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"the {part} begins with the byte 0x{bytes[0]:x2}, not with the magic byte 0x00, and the record has no header with an id of Apicurio"));
        }

        // Apicurio's own readers distinguish 8-byte ids from 4-byte ids this way: no 4-byte id is 0.
        int first = BinaryPrimitives.ReadInt32BigEndian(bytes[1..]);
        return first == 0 && bytes.Length >= 1 + sizeof(long)
            ? new(Id(prefixed, BinaryPrimitives.ReadInt64BigEndian(bytes[1..])), bytes[(1 + sizeof(long))..])
            : new(Id(prefixed, first), bytes[(1 + sizeof(int))..]);
    }

    private static bool TryReadHeaders(FramedBytes record, out WriterSchemaId schema)
    {
        if (record.TryGetHeader(record.IsKey ? "apicurio.key.contentId"u8 : "apicurio.value.contentId"u8, out ReadOnlySpan<byte> id))
        {
            schema = Id(SchemaIdKind.ContentId, ReadId(id));
            return true;
        }

        if (record.TryGetHeader(record.IsKey ? "apicurio.key.globalId"u8 : "apicurio.value.globalId"u8, out id))
        {
            schema = Id(SchemaIdKind.GlobalId, ReadId(id));
            return true;
        }

        if (record.TryGetHeader(record.IsKey ? "apicurio.key.artifactId"u8 : "apicurio.value.artifactId"u8, out _))
        {
            throw new FormatException("the headers name an artifact of Apicurio but neither its contentId nor its globalId");
        }

        schema = default;
        return false;
    }

    private static long ReadId(ReadOnlySpan<byte> header) => header.Length == sizeof(long)
        ? BinaryPrimitives.ReadInt64BigEndian(header)
        : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"the header with Apicurio's id has {header.Length} bytes, not {sizeof(long)}"));

    private static void CheckEncoding(FramedBytes record)
    {
        if (record.TryGetHeader(record.IsKey ? "apicurio.key.encoding"u8 : "apicurio.value.encoding"u8, out ReadOnlySpan<byte> encoding) && !encoding.SequenceEqual("BINARY"u8))
        {
            throw new FormatException($"the {(record.IsKey ? "key" : "value")} is in Avro's encoding {System.Text.Encoding.UTF8.GetString(encoding)}, of which only BINARY can be read");
        }
    }

    private static WriterSchemaId Id(SchemaIdKind kind, long id) => kind == SchemaIdKind.ContentId ? WriterSchemaId.FromContentId(id) : WriterSchemaId.FromGlobalId(id);
}
