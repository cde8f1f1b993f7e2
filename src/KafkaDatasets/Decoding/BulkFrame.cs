using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using KafkaDatasets.Fetching;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Decoding;

/// <summary>How a part must be framed on the fast path: by the same schema as the last one, or not at all.</summary>
internal readonly struct BulkFrame
{
    private readonly DataPart? _part;
    private readonly int _id;
    private readonly byte[]? _header;

    private BulkFrame(DataPart part, int id, byte[]? header)
    {
        _part = part;
        _id = id;
        _header = header;
    }

    /// <summary>No frame: headers have no meaning.</summary>
    public static BulkFrame None => default;

    /// <summary>The number of bytes before the value.</summary>
    public int Bytes => _part is null || _header is not null ? 0 : ConfluentFraming.PrefixLength;

    /// <summary>Confluent's magic byte and schema id before the part, and no schema header.</summary>
    public static BulkFrame OfId(DataPart part, int id) => new(part, id, null);

    /// <summary>A schema header with exactly this value.</summary>
    public static BulkFrame OfHeader(DataPart part, byte[] value) => new(part, 0, value);

    /// <summary>Returns how many of the records begin with this frame.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="strip">The records, with the part in place of the value.</param>
    public int Count(RecordChunk chunk, ReadOnlySpan<RecordEntry> strip) =>
        _part is null ? strip.Length : _header is null ? CountWithId(chunk, strip) : CountWithHeader(chunk, strip, _header);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int CountWithId(RecordChunk chunk, ReadOnlySpan<RecordEntry> strip)
    {
        ReadOnlySpan<byte> bytes = chunk.Bytes;
        int id = BinaryPrimitives.ReverseEndianness(_id); // Kafka's order is big-endian
        int count = 0;
        foreach (ref readonly RecordEntry entry in strip)
        {
            if (entry.ValueLength < ConfluentFraming.PrefixLength)
            {
                break;
            }

            ReadOnlySpan<byte> frame = bytes.Slice(entry.ValueStart, ConfluentFraming.PrefixLength);
            if (frame[0] != 0 || BinaryPrimitives.ReadInt32LittleEndian(frame[1..]) != id || (entry.HeaderCount != 0 && !HasHeader(chunk, in entry, null)))
            {
                break;
            }

            count++;
        }

        return count;
    }

    private int CountWithHeader(RecordChunk chunk, ReadOnlySpan<RecordEntry> strip, byte[] header)
    {
        int count = 0;
        while (count < strip.Length && HasHeader(chunk, in strip[count], header))
        {
            count++;
        }

        return count;
    }

    /// <summary>Whether the schema header has this value; null: whether there is none.</summary>
    private bool HasHeader(RecordChunk chunk, in RecordEntry entry, byte[]? value)
    {
        try
        {
            bool isFound = RecordHeaders.TryFind(chunk, in entry, _part!.SchemaHeaderBytes, out ReadOnlySpan<byte> found);
            return value is null ? !isFound : isFound && found.SequenceEqual(value);
        }
        catch (MalformedValueException)
        {
            return false; // the slow path reports it
        }
    }
}
