using System.Buffers.Binary;
using KafkaDatasets.Fetching;

namespace KafkaDatasets.Decoding;

/// <summary>Which schema a record was written by, as Confluent's serializers say it.</summary>
/// <param name="Id">The schema's id, unless there is a GUID.</param>
/// <param name="Guid">The schema's GUID, or null.</param>
internal readonly record struct WriterId(int Id, Guid? Guid)
{
    public override string ToString() => Guid is { } guid ? $"schema GUID {guid}" : $"schema id {Id}";

    /// <summary>
    /// The header <c>__value_schema_id</c> (magic byte 1 and a big-endian GUID of 16 bytes, or magic byte 0 and an id),
    /// or else magic byte 0 and a big-endian id of 4 bytes before the value, which are then taken off it.
    /// </summary>
    /// <exception cref="MalformedValueException">It is neither.</exception>
    public static WriterId Read(RecordChunk chunk, in RecordEntry entry, ref ReadOnlySpan<byte> value)
    {
        if (entry.HeaderCount > 0 && RecordHeaders.TryFind(chunk, entry, "__value_schema_id"u8, out ReadOnlySpan<byte> header))
        {
            return header switch
            {
                [1, .. var guid] when guid.Length == 16 => new WriterId(0, new Guid(guid, bigEndian: true)),
                [0, .. var id] when id.Length == sizeof(int) => new WriterId(BinaryPrimitives.ReadInt32BigEndian(id), null),
                _ => throw new MalformedValueException($"the header __value_schema_id has {header.Length} bytes that are neither an id nor a GUID"),
            };
        }

        if (value.Length < 1 + sizeof(int))
        {
            throw new MalformedValueException($"the value has {value.Length} bytes, too few for the magic byte and the schema id");
        }

        if (value[0] != 0)
        {
            throw new MalformedValueException($"the value begins with the byte 0x{value[0]:x2}, not with the magic byte 0x00 of the schema registry's framing");
        }

        int schemaId = BinaryPrimitives.ReadInt32BigEndian(value[1..]);
        value = value[(1 + sizeof(int))..];
        return new WriterId(schemaId, null);
    }
}
