using KafkaDatasets.Fetching;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Decoding;

/// <summary>Reads the headers of a record as record batches v2 hold them: zig-zag varint lengths, −1 for a null value.</summary>
internal static class RecordHeaders
{
    /// <summary>The value of the last header of that key.</summary>
    /// <exception cref="MalformedValueException">The headers are cut off.</exception>
    public static bool TryFind(RecordChunk chunk, in RecordEntry entry, ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        value = default;
        bool found = false;
        var reader = new ByteReader(chunk.Bytes.AsSpan(entry.HeadersStart, chunk.ByteCount - entry.HeadersStart));
        for (int i = 0; i < entry.HeaderCount; i++)
        {
            ReadOnlySpan<byte> name = reader.ReadBytes();
            int length = reader.ReadInt();
            ReadOnlySpan<byte> content = length < 0 ? default : reader.Take(length);
            if (name.SequenceEqual(key))
            {
                value = content;
                found = true;
            }
        }

        return found;
    }
}
