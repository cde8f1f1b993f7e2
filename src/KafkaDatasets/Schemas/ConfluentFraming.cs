using System.Buffers.Binary;
using System.Globalization;

namespace KafkaDatasets.Schemas;

/// <summary>The frame of Confluent's serializers.</summary>
internal sealed class ConfluentFraming : RecordFraming
{
    private const int GuidLength = 16;

    /// <summary>The bytes before the payload: the magic byte and the schema's id.</summary>
    public const int PrefixLength = 1 + sizeof(int);

    internal override ProtobufMarking Marking => ProtobufMarking.MessageIndex;

    public override RecordFrame Read(FramedBytes record)
    {
        if (record.TryGetHeader(record.IsKey ? "__key_schema_id"u8 : "__value_schema_id"u8, out ReadOnlySpan<byte> header))
        {
            return header switch
            {
                [1, .. var guid] when guid.Length >= GuidLength => new(WriterSchemaId.FromGuid(new Guid(guid[..GuidLength], bigEndian: true)), record.Bytes, guid[GuidLength..]),
                [0, .. var id] when id.Length >= sizeof(int) => new(WriterSchemaId.FromId(BinaryPrimitives.ReadInt32BigEndian(id)), record.Bytes, id[sizeof(int)..]),
                _ => throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"the header {(record.IsKey ? "__key_schema_id" : "__value_schema_id")} has {header.Length} bytes that are neither an id nor a GUID")),
            };
        }

        string part = record.IsKey ? "key" : "value";
        return record.Bytes switch
        {
            { Length: < PrefixLength } => throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"the {part} has {record.Bytes.Length} bytes, too few for the magic byte and the schema id")),
            [0, ..] => new(WriterSchemaId.FromId(BinaryPrimitives.ReadInt32BigEndian(record.Bytes[1..])), record.Bytes[PrefixLength..]),
            [var first, ..] => throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"the {part} begins with the byte 0x{first:x2}, not with the magic byte 0x00 of the schema registry's framing")),
        };
    }
}
