namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>Where a set of messages of format v0 or v1 is in memory, and how far it has been parsed.</summary>
internal struct MessageSetParser
{
    private readonly byte[] _bytes;
    private readonly int _end;

    /// <summary>The number to add to each message's offset.</summary>
    private readonly long _shift;

    /// <summary>The timestamp of every message; null when each has its own.</summary>
    private readonly long? _logAppendTime;

    private int _at;

    private MessageSetParser(byte[] bytes, int start, int end, long shift, long? logAppendTime)
    {
        _bytes = bytes;
        _at = start;
        _end = end;
        _shift = shift;
        _logAppendTime = logAppendTime;
        LastOffset = -1;
    }

    /// <summary>Whether every message has been parsed.</summary>
    public readonly bool IsDone => _at == _end;

    /// <summary>The offset of the last message that was parsed.</summary>
    public long LastOffset { get; private set; }

    /// <summary>Parses messages as the broker sent them.</summary>
    public static MessageSetParser OfPlain(byte[] bytes, int start, int end) => new(bytes, start, end, 0, null);

    /// <summary>Parses the decompressed messages of a wrapper.</summary>
    /// <exception cref="BatchFault">The messages are malformed.</exception>
    public static MessageSetParser OfWrapper(in MessageHeader wrapper, byte[] bytes, int start, int end)
    {
        int at = start;
        long last = -1;
        while (at < end)
        {
            MessageHeader message = Read(bytes, at, end, out int length);
            if (message.Codec != CompressionCodec.None || message.Magic != wrapper.Magic)
            {
                throw new BatchFault("a message in its compressed set is compressed itself, or of another message format");
            }

            if (message.Offset <= last)
            {
                throw new BatchFault("the offsets in its compressed set do not ascend");
            }

            last = message.Offset;
            at += length;
        }

        if (last < 0)
        {
            throw new BatchFault("its compressed set has no message");
        }

        // In format v0 the set has absolute offsets, in v1 relative ones; the wrapper has the offset of the last message.
        long shift = wrapper.Magic == 0 ? 0 : wrapper.Offset - last;
        return last + shift <= wrapper.Offset && shift >= 0
            ? new MessageSetParser(bytes, start, end, shift, wrapper.HasLogAppendTime ? wrapper.Timestamp : null)
            : throw new BatchFault("the offsets in its compressed set are beyond its own");
    }

    /// <summary>Parses messages until the entries are full or the set ends; returns the number of entries, which have offsets in [from, to) and a value.</summary>
    /// <exception cref="BatchFault">A message is malformed.</exception>
    public int Parse(Span<RecordEntry> entries, long from, long to)
    {
        int count = 0;
        while (_at < _end && count < entries.Length)
        {
            MessageHeader message = Read(_bytes, _at, _end, out int length);
            long offset = message.Offset + _shift;
            if (offset <= LastOffset)
            {
                throw new BatchFault($"the offset {offset} comes after {LastOffset}");
            }

            if (message.ValueLength >= 0 && offset >= from && offset < to)
            {
                entries[count++] = new RecordEntry
                {
                    Offset = offset,
                    Timestamp = _logAppendTime ?? message.Timestamp,
                    KeyStart = _at + message.KeyAt,
                    KeyLength = message.KeyLength,
                    ValueStart = _at + message.ValueAt,
                    ValueLength = message.ValueLength,
                    HeadersStart = _at + length,
                    HeaderCount = 0,
                };
            }

            LastOffset = offset;
            _at += length;
        }

        return count;
    }

    private static MessageHeader Read(byte[] bytes, int at, int end, out int length)
    {
        ReadOnlySpan<byte> left = bytes.AsSpan(at, end - at);
        long size = left.Length >= BatchHeader.MagicEnd ? BatchHeader.ReadLength(left) : long.MaxValue;
        if (size < BatchHeader.MagicEnd || size > left.Length || BatchHeader.ReadMagic(left) > 1)
        {
            throw new BatchFault("a message in it is cut off or of another message format");
        }

        length = (int)size;
        return new MessageHeader(left[..length]);
    }
}
