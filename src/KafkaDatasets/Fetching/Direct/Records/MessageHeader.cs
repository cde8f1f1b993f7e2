using System.Buffers.Binary;

namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>One message of format v0 or v1, from before Kafka 0.11: a record, or, if compressed, a wrapper whose value is a set of messages.</summary>
internal readonly ref struct MessageHeader
{
    private const int OffsetAndLengthSize = 12;
    private const int AttributesAt = 17;
    private const int TimestampAt = 18;
    private readonly ReadOnlySpan<byte> _message;

    /// <param name="message">The whole message, beginning with its offset.</param>
    /// <exception cref="BatchFault">The message is malformed.</exception>
    public MessageHeader(ReadOnlySpan<byte> message)
    {
        _message = message;
        if (message.Length < SizeWithoutKeyAndValue(message[16]))
        {
            throw Malformed("length");
        }

        int at = message[16] == 0 ? TimestampAt : TimestampAt + sizeof(long);
        KeyLength = BinaryPrimitives.ReadInt32BigEndian(message[at..]);
        KeyAt = at + sizeof(int);
        if (KeyLength < -1 || KeyLength > message.Length - KeyAt - sizeof(int))
        {
            throw Malformed("key");
        }

        at = KeyAt + Math.Max(0, KeyLength);
        ValueLength = BinaryPrimitives.ReadInt32BigEndian(message[at..]);
        ValueAt = at + sizeof(int);
        if (ValueLength < -1 || Math.Max(0, ValueLength) != message.Length - ValueAt)
        {
            throw Malformed("value");
        }
    }

    /// <summary>The offset as written: in a wrapper of format v1 it is relative to the wrapper's first message.</summary>
    public long Offset => BatchHeader.ReadBaseOffset(_message);

    public int Magic => _message[16];

    public CompressionCodec Codec => ReadCodec(_message);

    public bool HasLogAppendTime => (_message[AttributesAt] & 8) != 0;

    /// <summary>Milliseconds since the Unix epoch; 0 for format v0, which has no timestamps, as in the Confluent.Kafka consumer.</summary>
    public long Timestamp => Magic == 0 ? 0 : BinaryPrimitives.ReadInt64BigEndian(_message[TimestampAt..]);

    /// <summary>Where the key starts in the message.</summary>
    public int KeyAt { get; }

    /// <summary>The length of the key; −1 when it is null.</summary>
    public int KeyLength { get; }

    /// <summary>Where the value starts in the message.</summary>
    public int ValueAt { get; }

    /// <summary>The length of the value; −1 when it is null.</summary>
    public int ValueLength { get; }

    /// <summary>The minimum length of a message in a given format.</summary>
    public static int SizeWithoutKeyAndValue(int magic) => magic == 0 ? 26 : 34;

    /// <summary>The compression codec, read from the message's first 18 bytes; the message is a wrapper unless this is <see cref="CompressionCodec.None"/>.</summary>
    public static CompressionCodec ReadCodec(ReadOnlySpan<byte> message) => (CompressionCodec)(message[AttributesAt] & 7);

    /// <summary>Whether the checksum of a whole message is correct.</summary>
    public static bool IsSound(ReadOnlySpan<byte> message) =>
        Crc32.Compute(message[(OffsetAndLengthSize + sizeof(uint))..]) == BinaryPrimitives.ReadUInt32BigEndian(message[OffsetAndLengthSize..]);

    /// <summary>The length of the complete, valid, uncompressed messages at the start of the bytes; what follows them is examined later.</summary>
    /// <param name="bytes">Messages, and possibly batches, of one partition.</param>
    /// <param name="lastOffset">The offset of the last of these messages.</param>
    public static int MeasurePlainRun(ReadOnlySpan<byte> bytes, out long lastOffset)
    {
        int length = 0;
        lastOffset = -1;
        while (bytes.Length - length > AttributesAt)
        {
            ReadOnlySpan<byte> message = bytes[length..];
            long size = BatchHeader.ReadLength(message);
            if (BatchHeader.ReadMagic(message) > 1 || ReadCodec(message) != CompressionCodec.None || size > message.Length || !IsSound(message[..(int)size]))
            {
                break;
            }

            length += (int)size;
            lastOffset = BatchHeader.ReadBaseOffset(message);
        }

        return length;
    }

    private static BatchFault Malformed(string what) => new($"the {what} of one of its messages is malformed");
}
