using System.Buffers.Binary;
using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats.Avro;

/// <summary>Reads Avro's binary encoding (specification 1.12, "Binary Encoding") and never past the end of the value.</summary>
internal ref struct AvroReader(ReadOnlySpan<byte> data)
{
    private ByteReader _bytes = new(data);

    public readonly int Position => _bytes.Position;

    public readonly int Remaining => _bytes.Remaining;

    /// <summary>Returns a reader of the same value at another position.</summary>
    public readonly AvroReader At(int position) => this with { _bytes = _bytes.At(position) };

    /// <summary>Reads the next <paramref name="length"/> bytes.</summary>
    public ReadOnlySpan<byte> Take(int length) => _bytes.Take(length);

    /// <summary>Reads the bytes of that many items of that size.</summary>
    public ReadOnlySpan<byte> Take(long count, int size) => count <= Remaining / size
        ? Take((int)count * size)
        : throw new MalformedValueException($"{count} items of {size} bytes, but only {Remaining} bytes are left");

    /// <inheritdoc cref="ByteReader.ReadLong"/>
    public long ReadLong() => _bytes.ReadLong();

    /// <inheritdoc cref="ByteReader.ReadInt"/>
    public int ReadInt() => _bytes.ReadInt();

    public float ReadFloat() => BinaryPrimitives.ReadSingleLittleEndian(Take(sizeof(float)));

    public double ReadDouble() => BinaryPrimitives.ReadDoubleLittleEndian(Take(sizeof(double)));

    /// <summary>Reads the length and content of a string or bytes value.</summary>
    public ReadOnlySpan<byte> ReadBytes() => _bytes.ReadBytes();

    /// <summary>Reads the header of a block of an array or map: the number of items, or 0 at the end.</summary>
    /// <remarks>A negative count is followed by the block's size in bytes.</remarks>
    /// <param name="bytes">The block's size when it is given, otherwise −1.</param>
    public long ReadBlock(out long bytes)
    {
        long count = ReadLong();
        bytes = -1;
        if (count < 0)
        {
            bytes = ReadLong();
            if (count == long.MinValue || (ulong)bytes > (ulong)Remaining)
            {
                throw new MalformedValueException($"a block of {bytes} bytes, but only {Remaining} are left");
            }

            count = -count;
        }

        return count;
    }

    public static bool ToBoolean(byte value) => value switch
    {
        0 => false,
        1 => true,
        _ => throw new MalformedValueException($"{value} is not a Boolean"),
    };
}
