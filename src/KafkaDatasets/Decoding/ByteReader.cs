using System.Runtime.CompilerServices;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Decoding;

/// <summary>Reads bytes and zig-zag varints, which Avro and Kafka's record headers share, and never reads past the end.</summary>
internal ref struct ByteReader(ReadOnlySpan<byte> data)
{
    private readonly ReadOnlySpan<byte> _data = data;
    private int _position;

    public readonly int Position => _position;

    public readonly int Remaining => _data.Length - _position;

    /// <summary>Returns a reader of the same bytes at another position.</summary>
    public readonly ByteReader At(int position) => this with { _position = position };

    /// <summary>Reads the next <paramref name="length"/> bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> Take(int length)
    {
        if ((uint)length > (uint)Remaining)
        {
            ThrowTruncated(length);
        }

        ReadOnlySpan<byte> taken = _data.Slice(_position, length);
        _position += length;
        return taken;
    }

    /// <summary>Reads a zig-zag varint of at most 64 bits.</summary>
    public long ReadLong()
    {
        ulong value = 0;
        int shift = 0;
        while (true)
        {
            if (_position >= _data.Length)
            {
                ThrowTruncated(1);
            }

            byte b = _data[_position++];
            if (shift == 63 && b > 1)
            {
                throw new MalformedValueException("an integer has more than 64 bits");
            }

            value |= (ulong)(b & 0x7f) << shift;
            if ((b & 0x80) == 0)
            {
                return ZigZag(value);
            }

            shift += 7;
        }
    }

    /// <summary>Reads a zig-zag varint of at most 32 bits.</summary>
    public int ReadInt()
    {
        long value = ReadLong();
        return value == (int)value ? (int)value : throw new MalformedValueException($"the int {value} has more than 32 bits");
    }

    /// <summary>Reads a length and that many bytes.</summary>
    public ReadOnlySpan<byte> ReadBytes()
    {
        long length = ReadLong();
        if ((ulong)length > (ulong)Remaining)
        {
            throw new MalformedValueException($"a length of {length} bytes, but only {Remaining} are left");
        }

        return Take((int)length);
    }

    /// <summary>Decodes a zig-zag code to the signed number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long ZigZag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);

    private readonly void ThrowTruncated(int length) =>
        throw new MalformedValueException($"the data ends after {_data.Length} bytes, {length - Remaining} too early");
}
