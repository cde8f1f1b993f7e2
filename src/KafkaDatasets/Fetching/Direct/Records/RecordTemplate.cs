using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>
/// The bytes that a record without key and headers shares with the previous one of the same length:
/// a further record that shares them is recognized by two comparisons, and only its timestamp and offset are parsed.
/// </summary>
internal struct RecordTemplate
{
    private const ulong Continuation = 0x8080_8080_8080_8080;
    private ulong _head;
    private ulong _headMask;
    private ulong _tail;
    private ulong _tailMask;
    private int _tailAt;
    private int _timestampShift;
    private uint _timestampMask;
    private int _offsetShift;
    private uint _offsetMask;

    /// <summary>The length of a matching record in bytes; 0 when there is no template.</summary>
    public int Length { get; private set; }

    /// <summary>Where the key would be.</summary>
    public readonly int KeyAt => _tailAt + 1;

    /// <summary>Where the value is.</summary>
    public int ValueAt { get; private set; }

    public int ValueLength { get; private set; }

    /// <summary>Learns from a record that was parsed field by field.</summary>
    /// <param name="bytes">Its first byte.</param>
    /// <param name="timestampAt">Where its timestamp is, after its length and the attributes.</param>
    /// <param name="offsetAt">Where its offset is.</param>
    /// <param name="keyLengthAt">Where the length of its key is, which must be −1.</param>
    /// <param name="valueAt">Where its value is.</param>
    /// <param name="valueLength">The length of the value; no headers follow it.</param>
    public void Learn(ref byte bytes, int timestampAt, int offsetAt, int keyLengthAt, int valueAt, int valueLength)
    {
        Length = 0;
        if (keyLengthAt > sizeof(ulong) || offsetAt - timestampAt > 3 || keyLengthAt - offsetAt > 3 || valueLength < sizeof(ulong))
        {
            return;
        }

        ulong numbers = Bytes(keyLengthAt) & ~Bytes(timestampAt);
        _headMask = Bytes(timestampAt - 1) | (numbers & Continuation);
        _head = Read(ref bytes, 0) & _headMask;
        _tailMask = Bytes(valueAt - keyLengthAt);
        _tail = Read(ref bytes, keyLengthAt) & _tailMask;
        _tailAt = keyLengthAt;
        _timestampShift = 8 * timestampAt;
        _timestampMask = (uint)Bytes(offsetAt - timestampAt) & 0x7F7F7F;
        _offsetShift = 8 * offsetAt;
        _offsetMask = (uint)Bytes(keyLengthAt - offsetAt) & 0x7F7F7F;
        ValueAt = valueAt;
        ValueLength = valueLength;
        Length = valueAt + valueLength + 1;
    }

    /// <summary>Whether the record, which has at least <see cref="Length"/> bytes after its first, matches the one learned from.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool TryRead(ref byte bytes, out int timestampDelta, out int offsetDelta)
    {
        ulong head = Read(ref bytes, 0);
        timestampDelta = Number((uint)(head >> _timestampShift) & _timestampMask);
        offsetDelta = Number((uint)(head >> _offsetShift) & _offsetMask);
        return (((head & _headMask) ^ _head) | ((Read(ref bytes, _tailAt) & _tailMask) ^ _tail) | Unsafe.Add(ref bytes, Length - 1)) == 0;
    }

    private static ulong Bytes(int count) => count >= sizeof(ulong) ? ulong.MaxValue : (1UL << (8 * count)) - 1;

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
