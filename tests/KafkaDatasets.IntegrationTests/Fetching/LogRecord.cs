using System.Text;
using Confluent.Kafka;
using KafkaDatasets.Fetching;

namespace KafkaDatasets.IntegrationTests.Fetching;

/// <summary>A record from whichever reader.</summary>
internal sealed record LogRecord(int Partition, long Offset, long Timestamp, byte[]? Key, byte[]? Value, (string Key, byte[]? Value)[] Headers)
{
    /// <summary>What stands for null in a line: no key and no value is like it.</summary>
    public const string Null = "(null)";

    /// <summary>All that the record says, tabs between, as Kafka's console consumer writes it but for the labels.</summary>
    public string Line
    {
        get
        {
            string headers = Headers.Length == 0 ? "NO_HEADERS" : string.Join(',', Headers.Select(h => $"{h.Key}:{Text(h.Value)}"));
            return $"{Timestamp}\t{Partition}\t{Offset}\t{headers}\t{Text(Key)}\t{Text(Value)}";
        }
    }

    public static LogRecord Of(ConsumeResult<byte[]?, byte[]?> result) => new(
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

        return new LogRecord(chunk.Partition, entry.Offset, entry.Timestamp, key, chunk.Value(entry).ToArray(), headers);
    }

    public bool Equals(LogRecord? other) =>
        other is not null
        && (Partition, Offset, Timestamp, Headers.Length) == (other.Partition, other.Offset, other.Timestamp, other.Headers.Length)
        && Same(Key, other.Key)
        && Same(Value, other.Value)
        && Headers.Zip(other.Headers).All(pair => pair.First.Key == pair.Second.Key && Same(pair.First.Value, pair.Second.Value));

    public override int GetHashCode() => HashCode.Combine(Partition, Offset);

    public override string ToString() => Line is { Length: > 300 } line ? $"{line[..300]}…" : Line;

    private static bool Same(byte[]? one, byte[]? other) => one is null == other is null && one.AsSpan().SequenceEqual(other);

    /// <summary>Bytes as Kafka's class <c>Bytes</c> writes them.</summary>
    private static string Text(byte[]? bytes)
    {
        if (bytes is null)
        {
            return Null;
        }

        const string digits = "0123456789ABCDEF";
        var text = new StringBuilder(bytes.Length * 2);
        foreach (byte b in bytes)
        {
            if (b is >= (byte)' ' and <= (byte)'~' and not (byte)'\\')
            {
                text.Append((char)b);
            }
            else
            {
                text.Append('\\').Append('x').Append(digits[b >> 4]).Append(digits[b & 15]);
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
