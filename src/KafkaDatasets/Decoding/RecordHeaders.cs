using KafkaDatasets.Fetching;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Decoding;

/// <summary>Reads the headers of a record as record batches v2 hold them: zig-zag varint lengths, −1 for a null value.</summary>
internal static class RecordHeaders
{
    private const string Truncated = "the record's headers end too early";

    /// <summary>The value of the last header of that key.</summary>
    /// <exception cref="MalformedValueException">The headers are cut off.</exception>
    public static bool TryFind(RecordChunk chunk, in RecordEntry entry, ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        value = default;
        bool found = false;
        ReadOnlySpan<byte> rest = chunk.Bytes.AsSpan(entry.HeadersStart, chunk.ByteCount - entry.HeadersStart);
        for (int i = 0; i < entry.HeaderCount; i++)
        {
            ReadOnlySpan<byte> name = ReadBytes(ref rest);
            ReadOnlySpan<byte> content = ReadBytes(ref rest);
            if (name.SequenceEqual(key))
            {
                value = content;
                found = true;
            }
        }

        return found;
    }

    private static ReadOnlySpan<byte> ReadBytes(scoped ref ReadOnlySpan<byte> rest)
    {
        int length = ReadLength(ref rest);
        if (length < 0)
        {
            return default;
        }

        if (length > rest.Length)
        {
            throw new MalformedValueException(Truncated);
        }

        ReadOnlySpan<byte> bytes = rest[..length];
        rest = rest[length..];
        return bytes;
    }

    private static int ReadLength(scoped ref ReadOnlySpan<byte> rest)
    {
        uint value = 0;
        for (int i = 0; i < 5; i++)
        {
            if (i == rest.Length)
            {
                throw new MalformedValueException(Truncated);
            }

            value |= (uint)(rest[i] & 0x7f) << (7 * i);
            if ((rest[i] & 0x80) == 0)
            {
                rest = rest[(i + 1)..];
                return (int)(value >> 1) ^ -(int)(value & 1);
            }
        }

        throw new MalformedValueException("a length in the record's headers has more than 32 bits");
    }
}
