using System.Text;
using Confluent.Kafka;

namespace KafkaDatasets.Fetching.Consumer;

/// <summary>Copies the consumer's messages into chunks; the deserializers keep the key and value, and the message has only their lengths.</summary>
internal sealed class MessageCopy
{
    public SpanCopy Key { get; } = new();

    public SpanCopy Value { get; } = new();

    public void Append(RecordChunk chunk, Message<int, int> message, long offset)
    {
        chunk.EnsureEntry();
        ref RecordEntry entry = ref chunk.Entries[chunk.Count];
        entry.Offset = offset;
        entry.Timestamp = message.Timestamp.UnixTimestampMs;
        entry.KeyLength = message.Key;
        entry.KeyStart = Add(chunk, Key.Bytes);
        entry.ValueLength = message.Value;
        entry.ValueStart = Add(chunk, Value.Bytes);
        entry.HeadersStart = chunk.ByteCount;
        entry.HeaderCount = message.Headers?.Count ?? 0;
        if (entry.HeaderCount > 0)
        {
            foreach (IHeader header in message.Headers!)
            {
                byte[] name = Encoding.UTF8.GetBytes(header.Key);
                byte[]? value = header.GetValueBytes();
                AddVarint(chunk, name.Length);
                Add(chunk, name);
                AddVarint(chunk, value?.Length ?? -1);
                Add(chunk, value);
            }
        }

        chunk.Count++;
    }

    private static int Add(RecordChunk chunk, ReadOnlySpan<byte> bytes)
    {
        int start = chunk.ByteCount;
        chunk.EnsureBytes(bytes.Length);
        bytes.CopyTo(chunk.Bytes.AsSpan(start));
        chunk.ByteCount += bytes.Length;
        return start;
    }

    private static void AddVarint(RecordChunk chunk, int value)
    {
        chunk.EnsureBytes(5);
        uint rest = (uint)((value << 1) ^ (value >> 31));
        while (rest > 0x7f)
        {
            chunk.Bytes[chunk.ByteCount++] = (byte)(rest | 0x80);
            rest >>= 7;
        }

        chunk.Bytes[chunk.ByteCount++] = (byte)rest;
    }
}
