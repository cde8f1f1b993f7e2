using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats.Avro;

/// <summary>Reads Avro's binary encoding (specification 1.12, "Binary Encoding") and never past the end of the value.</summary>
internal ref struct AvroReader(ReadOnlySpan<byte> data)
{
    private readonly ReadOnlySpan<byte> _data = data;
    private int _position;

    public readonly int Position => _position;

    /// <summary>A reader of the same value that stands elsewhere in it.</summary>
    public readonly AvroReader At(int position) => this with { _position = position };

    public readonly int Remaining => _data.Length - _position;

    /// <summary>The next <paramref name="length"/> bytes.</summary>
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

    /// <summary>The bytes of that many items of that size.</summary>
    public ReadOnlySpan<byte> Take(long count, int size) => count <= Remaining / size
        ? Take((int)count * size)
        : throw new MalformedValueException($"{count} items of {size} bytes where {Remaining} bytes are left");

    /// <summary>A zig-zag variable-length integer of at most 64 bits.</summary>
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
                return (long)(value >> 1) ^ -(long)(value & 1);
            }

            shift += 7;
        }
    }

    /// <summary>A zig-zag variable-length integer of at most 32 bits.</summary>
    public int ReadInt()
    {
        long value = ReadLong();
        return value == (int)value ? (int)value : throw new MalformedValueException($"the int {value} has more than 32 bits");
    }

    public bool ReadBoolean() => ToBoolean(Take(1)[0]);

    public float ReadFloat() => BinaryPrimitives.ReadSingleLittleEndian(Take(sizeof(float)));

    public double ReadDouble() => BinaryPrimitives.ReadDoubleLittleEndian(Take(sizeof(double)));

    /// <summary>The length and the bytes of a string or bytes.</summary>
    public ReadOnlySpan<byte> ReadBytes()
    {
        long length = ReadLong();
        if ((ulong)length > (ulong)Remaining)
        {
            throw new MalformedValueException($"a length of {length} bytes where {Remaining} are left");
        }

        return Take((int)length);
    }

    /// <summary>
    /// The head of a block of an array or a map: the number of items, 0 at the end. A negative count is followed by the block's size in bytes.
    /// </summary>
    /// <param name="bytes">The block's size where it is given, else −1.</param>
    public long ReadBlock(out long bytes)
    {
        long count = ReadLong();
        bytes = -1;
        if (count < 0)
        {
            bytes = ReadLong();
            if (count == long.MinValue || (ulong)bytes > (ulong)Remaining)
            {
                throw new MalformedValueException($"a block of {bytes} bytes where {Remaining} are left");
            }

            count = -count;
        }

        return count;
    }

    public static bool ToBoolean(byte value) => value switch
    {
        0 => false,
        1 => true,
        _ => throw new MalformedValueException($"a boolean of value {value}"),
    };

    private readonly void ThrowTruncated(int length) =>
        throw new MalformedValueException($"the data ends after {_data.Length} bytes, {length - Remaining} too early");
}
