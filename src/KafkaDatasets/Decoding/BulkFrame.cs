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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Count(RecordChunk chunk, ReadOnlySpan<RecordEntry> strip)
    {
        if (_part is null)
        {
            return strip.Length;
        }

        int count = 0;
        while (count < strip.Length && (_header is null ? HasId(chunk, in strip[count]) : HasHeader(chunk, in strip[count], _header)))
        {
            count++;
        }

        return count;
    }

    private bool HasId(RecordChunk chunk, in RecordEntry entry)
    {
        if (entry.ValueLength < ConfluentFraming.PrefixLength)
        {
            return false;
        }

        ReadOnlySpan<byte> frame = chunk.Bytes.AsSpan(entry.ValueStart, ConfluentFraming.PrefixLength);
        return frame[0] == 0 && BinaryPrimitives.ReadInt32BigEndian(frame[1..]) == _id && (entry.HeaderCount == 0 || HasHeader(chunk, in entry, null));
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
