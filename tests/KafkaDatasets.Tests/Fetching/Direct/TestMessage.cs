using System.Buffers.Binary;
using KafkaDatasets.Fetching.Direct.Records;

namespace KafkaDatasets.Tests.Fetching.Direct;

/// <summary>Builds messages of formats v0 and v1 byte by byte, independently of the library.</summary>
internal sealed record TestMessage(int Magic, long Offset, byte[]? Value)
{
    public byte[]? Key { get; init; }

    public long Timestamp { get; init; } = 1_400_000_000_000;

    public CompressionCodec Codec { get; init; }

    public bool IsLogAppendTime { get; init; }

    /// <summary>A wrapper of messages with consecutive offsets from the first one on, as brokers keep it: its offset is that of the last, and in format v1 those in it count from 0.</summary>
    public static TestMessage Wrapper(int magic, long firstOffset, CompressionCodec codec, bool isXerial, params byte[]?[] values) =>
        WrapperOf(magic, firstOffset, codec, [.. values.Select((v, i) => new TestMessage(magic, firstOffset + i, v) { Timestamp = 1_400_000_000_000 + firstOffset + i })], isXerial);

    public static TestMessage WrapperOf(int magic, long firstOffset, CompressionCodec codec, TestMessage[] messages, bool isXerial = false)
    {
        byte[] set = [.. messages.SelectMany(m => (m with { Offset = magic == 0 ? m.Offset : m.Offset - firstOffset }).ToBytes())];
        return new TestMessage(magic, messages[^1].Offset, new TestBatch { Codec = codec, IsXerial = isXerial }.Compress(set)) { Codec = codec, Timestamp = messages.Max(m => m.Timestamp) };
    }

    public byte[] ToBytes()
    {
        using var bytes = new MemoryStream();
        bytes.Write(new byte[16]);
        bytes.Write([(byte)Magic, (byte)((int)Codec | (IsLogAppendTime ? 8 : 0))]);
        if (Magic == 1)
        {
            bytes.Write(BigEndian(Timestamp, 8));
        }

        foreach (byte[]? part in new[] { Key, Value })
        {
            bytes.Write(BigEndian(part?.Length ?? -1, 4));
            bytes.Write(part ?? []);
        }

        byte[] message = bytes.ToArray();
        BigEndian(Offset, 8).CopyTo(message, 0);
        BigEndian(message.Length - 12, 4).CopyTo(message, 8);
        Seal(message);
        return message;
    }

    /// <summary>Writes the right checksum, bit by bit.</summary>
    public static void Seal(byte[] message)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in message.AsSpan(16))
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
            }
        }

        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(12), ~crc);
    }

    private static byte[] BigEndian(long value, int size)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return bytes[(8 - size)..];
    }
}
