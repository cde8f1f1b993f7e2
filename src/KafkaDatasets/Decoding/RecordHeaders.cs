using KafkaDatasets.Fetching;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Decoding;

/// <summary>Reads a record's headers in the record batch v2 format: zig-zag varint lengths, and −1 for a null value.</summary>
internal static class RecordHeaders
{
    /// <summary>Returns copies of all headers; those from the first one that is truncated on are left out.</summary>
    public static IReadOnlyList<(string Name, byte[]? Value)> All(RecordChunk chunk, in RecordEntry entry)
    {
        var headers = new List<(string, byte[]?)>();
        var reader = new ByteReader(chunk.Bytes.AsSpan(entry.HeadersStart, chunk.ByteCount - entry.HeadersStart));
        try
        {
            for (int i = 0; i < entry.HeaderCount; i++)
            {
                string name = System.Text.Encoding.UTF8.GetString(reader.ReadBytes());
                int length = reader.ReadInt();
                headers.Add((name, length < 0 ? null : reader.Take(length).ToArray()));
            }
        }
        catch (MalformedValueException)
        {
            // The record is bad anyway.
        }

        return headers;
    }

    /// <summary>Finds the value of the last header with that key.</summary>
    /// <exception cref="MalformedValueException">The headers are truncated.</exception>
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
