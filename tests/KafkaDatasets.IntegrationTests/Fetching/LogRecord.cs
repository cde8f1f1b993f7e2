using System.Text;
using Confluent.Kafka;
using KafkaDatasets.Fetching;

namespace KafkaDatasets.IntegrationTests.Fetching;

/// <summary>A record from whichever reader, and all that it says as one line.</summary>
internal sealed record LogRecord(int Partition, long Offset, long Timestamp, byte[]? Value, string Line)
{
    /// <summary>What stands for null: no key and no value is like it.</summary>
    public const string Null = "(null)";

    public const string NoHeaders = "NO_HEADERS";

    public static LogRecord Of(ConsumeResult<byte[]?, byte[]?> result) => Of(
        result.Partition,
        result.Offset,
        result.Message.Timestamp.UnixTimestampMs,
        result.Message.Key,
        result.Message.Value,
        [.. result.Message.Headers.Select(h => (h.Key, (byte[]?)h.GetValueBytes()))]);

    public static LogRecord Of(RecordChunk chunk, in RecordEntry entry)
    {
        byte[] bytes = chunk.Bytes;
        byte[]? key = entry.KeyLength < 0 ? null : bytes.AsSpan(entry.KeyStart, entry.KeyLength).ToArray();
        var headers = new (string, byte[]?)[entry.HeaderCount];
        int at = entry.HeadersStart;
        for (int i = 0; i < headers.Length; i++)
        {
            string name = Encoding.UTF8.GetString(Take(bytes, ref at)!);
            headers[i] = (name, Take(bytes, ref at));
        }

        return Of(chunk.Partition, entry.Offset, entry.Timestamp, key, chunk.Value(entry).ToArray(), headers);
    }

    public bool Equals(LogRecord? other) => other is not null && Line == other.Line;

    public override int GetHashCode() => Line.GetHashCode();

    public override string ToString() => Line.Length <= 300 ? Line : $"{Line[..300]}…";

    private static LogRecord Of(int partition, long offset, long timestamp, byte[]? key, byte[]? value, (string Key, byte[]? Value)[] headers)
    {
        string all = headers.Length == 0 ? NoHeaders : string.Join(',', headers.Select(h => $"{h.Key}:{Text(h.Value)}"));
        return new LogRecord(partition, offset, timestamp, value, $"{timestamp}\t{partition}\t{offset}\t{all}\t{Text(key)}\t{Text(value)}");
    }

    /// <summary>Bytes as Kafka's class <c>Bytes</c> writes them.</summary>
    private static string Text(byte[]? bytes)
    {
        if (bytes is null)
        {
            return Null;
        }

        var text = new StringBuilder(bytes.Length);
        foreach (byte b in bytes)
        {
            if (b is >= (byte)' ' and <= (byte)'~' and not (byte)'\\')
            {
                text.Append((char)b);
            }
            else
            {
                text.Append("\\x").Append(b.ToString("X2"));
            }
        }

        return text.ToString();
    }

    private static byte[]? Take(byte[] bytes, ref int at)
    {
        uint zigzag = 0;
        int shift = 0;
        do
        {
            zigzag |= (uint)(bytes[at] & 0x7F) << shift;
            shift += 7;
        }
        while (bytes[at++] >= 0x80);
        int length = (int)(zigzag >> 1) ^ -(int)(zigzag & 1);
        if (length < 0)
        {
            return null;
        }

        byte[] taken = bytes[at..(at + length)];
        at += length;
        return taken;
    }
}
