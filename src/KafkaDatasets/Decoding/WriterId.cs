using System.Buffers.Binary;
using KafkaDatasets.Fetching;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Decoding;

/// <summary>Which schema a record was written by, as Confluent's serializers say it.</summary>
/// <param name="Id">The schema's id, unless there is a GUID.</param>
/// <param name="Guid">The schema's GUID, or null.</param>
internal readonly record struct WriterId(int Id, Guid? Guid)
{
    private const int GuidLength = 16;

    public override string ToString() => Guid is { } guid ? $"schema GUID {guid}" : $"schema id {Id}";

    /// <summary>The schema.</summary>
    public ValueTask<SchemaDocument> FindAsync(RegistrySchemas schemas, CancellationToken cancellationToken) =>
        Guid is { } guid ? schemas.GetAsync(guid, cancellationToken) : schemas.GetAsync(Id, cancellationToken);

    /// <summary>
    /// The part's header <see cref="DataPart.SchemaHeader"/> (magic byte 1 and a big-endian GUID of 16 bytes, or magic byte 0 and an id; then what is the format's own),
    /// or else magic byte 0 and a big-endian id of 4 bytes before the part, which are then taken off it.
    /// </summary>
    /// <exception cref="MalformedValueException">It is neither.</exception>
    public static WriterId Read(DataPart part, RecordChunk chunk, in RecordEntry entry, scoped ref ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> rest)
    {
        rest = default;
        if (entry.HeaderCount > 0 && RecordHeaders.TryFind(chunk, entry, part.SchemaHeaderBytes, out ReadOnlySpan<byte> header))
        {
            switch (header)
            {
                case [1, .. var guid] when guid.Length >= GuidLength:
                    rest = guid[GuidLength..];
                    return new WriterId(0, new Guid(guid[..GuidLength], bigEndian: true));
                case [0, .. var id] when id.Length >= sizeof(int):
                    rest = id[sizeof(int)..];
                    return new WriterId(BinaryPrimitives.ReadInt32BigEndian(id), null);
                default:
                    throw new MalformedValueException($"the header {part.SchemaHeader} has {header.Length} bytes that are neither an id nor a GUID");
            }
        }

        if (bytes.Length < 1 + sizeof(int))
        {
            throw new MalformedValueException($"the {part} has {bytes.Length} bytes, too few for the magic byte and the schema id");
        }

        if (bytes[0] != 0)
        {
            throw new MalformedValueException($"the {part} begins with the byte 0x{bytes[0]:x2}, not with the magic byte 0x00 of the schema registry's framing");
        }

        int schemaId = BinaryPrimitives.ReadInt32BigEndian(bytes[1..]);
        bytes = bytes[(1 + sizeof(int))..];
        return new WriterId(schemaId, null);
    }
}
