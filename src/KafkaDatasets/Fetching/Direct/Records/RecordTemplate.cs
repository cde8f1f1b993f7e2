using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>
/// How wide the numbers of a record without key and headers are: a further record whose numbers are as wide is recognized by two comparisons,
/// and its numbers are cut out of two words without looking for their ends. After several records of the same length it is expected to be that long, too.
/// </summary>
internal struct RecordTemplate
{
    private const ulong Continuation = 0x8080_8080_8080_8080;
    private const int MostWidth = 3;

    /// <summary>After how many records of the same length the next one is expected to have it too.</summary>
    private const int Steady = 8;

    private ulong _head;
    private ulong _headMask;
    private ulong _tail;
    private ulong _tailMask;
    private int _lengthWidth;
    private int _tailAt;
    private int _timestampShift;
    private int _offsetShift;
    private uint _lengthMask;
    private uint _timestampMask;
    private uint _offsetMask;
    private uint _valueLengthMask;
    private int _last;
    private int _alike;
    private int _steadyLength;

    /// <summary>Whether there is a template.</summary>
    public bool IsLearned { get; private set; }

    /// <summary>Where the key would be.</summary>
    public readonly int KeyAt => _tailAt + 1;

    /// <summary>Where the value is.</summary>
    public int ValueAt { get; private set; }

    /// <summary>Learns from a record that was parsed field by field.</summary>
    /// <param name="bytes">Its first byte.</param>
    /// <param name="timestampAt">Where its timestamp is, after its length and the attributes.</param>
    /// <param name="offsetAt">Where its offset is.</param>
    /// <param name="keyLengthAt">Where the length of its key is, which must be −1.</param>
    /// <param name="valueAt">Where its value is; no headers follow it.</param>
    public void Learn(ref byte bytes, int timestampAt, int offsetAt, int keyLengthAt, int valueAt)
    {
        _lengthWidth = timestampAt - 1;
        int valueLengthWidth = valueAt - keyLengthAt - 1;
        IsLearned = keyLengthAt <= sizeof(ulong) && _lengthWidth <= MostWidth && offsetAt - timestampAt <= MostWidth && keyLengthAt - offsetAt <= MostWidth && valueLengthWidth <= MostWidth;
        if (!IsLearned)
        {
            return;
        }

        _headMask = (Bytes(keyLengthAt) & Continuation) | (0xFFUL << (8 * _lengthWidth)); // the attributes
        _head = Read(ref bytes, 0) & _headMask;
        _tailMask = (Bytes(1 + valueLengthWidth) & Continuation) | 0xFF; // the length of the key
        _tail = Read(ref bytes, keyLengthAt) & _tailMask;
        _tailAt = keyLengthAt;
        _timestampShift = 8 * timestampAt;
        _offsetShift = 8 * offsetAt;
        _lengthMask = Digits(_lengthWidth);
        _timestampMask = Digits(offsetAt - timestampAt);
        _offsetMask = Digits(keyLengthAt - offsetAt);
        _valueLengthMask = Digits(valueLengthWidth);
        _steadyLength = 0;
        ValueAt = valueAt;
    }

    /// <summary>Whether the record matches the one learned from: its numbers are as wide, and it has no key, no headers, and the length that it states.</summary>
    /// <param name="bytes">Its first byte.</param>
    /// <param name="left">How many bytes there are.</param>
    /// <param name="length">The length of the record.</param>
    /// <param name="timestampDelta">Its timestamp.</param>
    /// <param name="offsetDelta">Its offset.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryRead(ref byte bytes, int left, out int length, out int timestampDelta, out int offsetDelta)
    {
        ulong head = Read(ref bytes, 0);
        ulong tail = Read(ref bytes, _tailAt);
        timestampDelta = Number((uint)(head >> _timestampShift) & _timestampMask);
        offsetDelta = Number((uint)(head >> _offsetShift) & _offsetMask);
        length = _steadyLength;
        bool isAlike = (((head & _headMask) ^ _head) | ((tail & _tailMask) ^ _tail)) == 0;
        if (length == 0 || !isAlike)
        {
            if (length != 0)
            {
                Loosen();
                isAlike = (((head & _headMask) ^ _head) | ((tail & _tailMask) ^ _tail)) == 0;
            }

            length = _lengthWidth + Number((uint)head & _lengthMask);
            int valueLength = Number((uint)(tail >> 8) & _valueLengthMask);
            if (!isAlike || valueLength < 0 || length != ValueAt + valueLength + 1)
            {
                return false;
            }

            _alike = length == _last ? _alike + 1 : 0;
            _last = length;
            if (_alike >= Steady)
            {
                Tighten(head, tail);
            }
        }

        return length <= left && Unsafe.Add(ref bytes, length - 1) == 0;
    }

    /// <summary>Expects this length: where the next record begins is then known before this one has been looked at.</summary>
    private void Tighten(ulong head, ulong tail)
    {
        _headMask |= _lengthMask;
        _head = head & _headMask;
        _tailMask |= (ulong)_valueLengthMask << 8;
        _tail = tail & _tailMask;
        _steadyLength = _last;
    }

    /// <summary>Expects no length any more.</summary>
    private void Loosen()
    {
        _headMask &= ~(ulong)_lengthMask;
        _head &= _headMask;
        _tailMask &= ~((ulong)_valueLengthMask << 8);
        _tail &= _tailMask;
        _steadyLength = 0;
        _alike = 0;
    }

    private static ulong Bytes(int count) => count >= sizeof(ulong) ? ulong.MaxValue : (1UL << (8 * count)) - 1;

    private static uint Digits(int width) => (uint)Bytes(width) & 0x7F7F7F;

    private static int Number(uint bytes)
    {
        uint value = (bytes & 0x7F) | ((bytes >> 1) & 0x3F80) | ((bytes >> 2) & 0x1F_C000);
        return (int)(value >> 1) ^ -(int)(value & 1);
    }

    private static ulong Read(ref byte bytes, int at)
    {
        ulong value = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref bytes, at));
        return BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
    }
}
