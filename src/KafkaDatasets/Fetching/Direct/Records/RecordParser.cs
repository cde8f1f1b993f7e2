using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>Where the records of one batch are, and how far they have been parsed.</summary>
internal struct RecordParser
{
    /// <summary>The maximum number of bytes that are read between bounds checks: five numbers of up to 10 bytes, and the attributes.</summary>
    private const int Unchecked = 64;

    private readonly byte[] _bytes;
    private readonly int _end;
    private readonly long _baseOffset;
    private readonly long _baseTimestamp;
    private readonly long _logAppendTime;
    private readonly int _lastOffsetDelta;
    private int _at;
    private long _lastDelta;

    public RecordParser(in BatchHeader header, byte[] bytes, int start, int end)
    {
        Debug.Assert(bytes.Length - end >= Unchecked);
        _bytes = bytes;
        _at = start;
        _end = end;
        _baseOffset = header.BaseOffset;
        _baseTimestamp = header.BaseTimestamp;
        _logAppendTime = header.HasLogAppendTime ? header.MaxTimestamp : -1;
        _lastOffsetDelta = header.LastOffsetDelta;
        _lastDelta = -1;
        Left = header.RecordCount;
        if (Left < 0 || Left > end - start)
        {
            throw new BatchFault($"its header states {Left} records in {end - start} bytes");
        }
    }

    /// <summary>The number of records not parsed yet.</summary>
    public int Left { get; private set; }

    /// <summary>The offset of the last record that was parsed.</summary>
    public readonly long LastOffset => _baseOffset + _lastDelta;

    /// <summary>Parses records until the entries are full or the batch ends; returns the number of entries, which have offsets in [from, to) and a value.</summary>
    /// <exception cref="BatchFault">A record is malformed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Parse(Span<RecordEntry> entries, long from, long to)
    {
        ref byte bytes = ref MemoryMarshal.GetArrayDataReference(_bytes);
        int at = _at;
        int batchEnd = _end;
        int left = Left;
        long lastDelta = _lastDelta;
        long fromDelta = from - _baseOffset;
        long toDelta = to - _baseOffset;
        int count = 0;
        RecordTemplate template = default;
        while (left > 0 && count < entries.Length)
        {
            int start = at;
            ref byte record = ref Unsafe.Add(ref bytes, start);
            if (template.IsLearned
                && template.TryRead(ref record, batchEnd - start, out int likeLength, out int likeTimestamp, out int likeOffset)
                && likeOffset > lastDelta
                && likeOffset <= _lastOffsetDelta)
            {
                at += likeLength;
                lastDelta = likeOffset;
                left--;
                if (likeOffset >= fromDelta && likeOffset < toDelta)
                {
                    Store(ref entries[count++], likeOffset, likeTimestamp, start + template.KeyAt, -1, start + template.ValueAt, likeLength - template.ValueAt - 1, at, 0);
                }

                continue;
            }

            long size = ReadVarint(ref bytes, ref at);
            if ((ulong)size > (ulong)Math.Max(0, batchEnd - at))
            {
                throw Malformed("length");
            }

            int end = at + (int)size;
            at++;
            int timestampAt = at;
            long timestampDelta = ReadVarint(ref bytes, ref at);
            int offsetAt = at;
            long offsetDelta = ReadVarint(ref bytes, ref at);
            int keyLengthAt = at;
            long keyLength = ReadVarint(ref bytes, ref at);
            int keyStart = at;
            if (keyLength > end - at)
            {
                throw Malformed("key");
            }

            at += (int)Math.Max(0, keyLength);
            long valueLength = ReadVarint(ref bytes, ref at);
            int valueStart = at;
            if (valueLength > end - at)
            {
                throw Malformed("value");
            }

            at += (int)Math.Max(0, valueLength);
            long headers = ReadVarint(ref bytes, ref at);
            int headersStart = at;
            if (headers != 0)
            {
                SkipHeaders(headers, ref at, end);
            }

            if (at != end || keyLength < -1 || valueLength < -1 || offsetDelta <= lastDelta || offsetDelta > _lastOffsetDelta)
            {
                throw Malformed("fields");
            }

            lastDelta = offsetDelta;
            left--;
            if (valueLength >= 0 && offsetDelta >= fromDelta && offsetDelta < toDelta)
            {
                Store(ref entries[count++], offsetDelta, timestampDelta, keyStart, (int)keyLength, valueStart, (int)valueLength, headersStart, (int)headers);
            }

            if (keyLength == -1 && headers == 0 && end == valueStart + valueLength + 1)
            {
                template.Learn(ref record, timestampAt - start, offsetAt - start, keyLengthAt - start, valueStart - start);
            }
        }

        _at = at;
        Left = left;
        _lastDelta = lastDelta;
        if (left == 0 && at != batchEnd)
        {
            throw new BatchFault("bytes follow its last record");
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Store(ref RecordEntry entry, long offsetDelta, long timestampDelta, int keyStart, int keyLength, int valueStart, int valueLength, int headersStart, int headerCount)
    {
        entry.Offset = _baseOffset + offsetDelta;
        entry.Timestamp = _logAppendTime >= 0 ? _logAppendTime : _baseTimestamp + timestampDelta;
        entry.KeyStart = keyStart;
        entry.KeyLength = keyLength;
        entry.ValueStart = valueStart;
        entry.ValueLength = valueLength;
        entry.HeadersStart = headersStart;
        entry.HeaderCount = headerCount;
    }

    /// <summary>Reads a number of up to three bytes, as in most records, on a fast path.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long ReadVarint(ref byte bytes, ref int at)
    {
        uint value = Unsafe.Add(ref bytes, at);
        if (value < 0x80)
        {
            at++;
            return (int)(value >> 1) ^ -(int)(value & 1);
        }

        uint next = Unsafe.Add(ref bytes, at + 1);
        value = (value & 0x7F) | (next << 7);
        if (next < 0x80)
        {
            at += 2;
            return (int)(value >> 1) ^ -(int)(value & 1);
        }

        next = Unsafe.Add(ref bytes, at + 2);
        value = (value & 0x3FFF) | (next << 14);
        if (next < 0x80)
        {
            at += 3;
            return (int)(value >> 1) ^ -(int)(value & 1);
        }

        return ReadLongVarint(ref bytes, ref at);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static long ReadLongVarint(ref byte bytes, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            ulong b = Unsafe.Add(ref bytes, at++);
            value |= (b & 0x7F) << shift;
            if (b < 0x80)
            {
                return (long)(value >> 1) ^ -(long)(value & 1);
            }
        }

        throw Malformed("number");
    }

    private static BatchFault Malformed(string what) => new($"the {what} of one of its records is malformed");

    private readonly void SkipHeaders(long count, ref int at, int end)
    {
        ref byte bytes = ref MemoryMarshal.GetArrayDataReference(_bytes);
        if (count < 0 || count > end - at)
        {
            throw Malformed("number of headers");
        }

        for (long i = 0; i < count; i++)
        {
            long keyLength = ReadVarint(ref bytes, ref at);
            if (keyLength < 0 || keyLength > end - at)
            {
                throw Malformed("header");
            }

            at += (int)keyLength;
            long valueLength = ReadVarint(ref bytes, ref at);
            if (valueLength < -1 || valueLength > end - at)
            {
                throw Malformed("header");
            }

            at += (int)Math.Max(0, valueLength);
        }
    }
}
