using System.Buffers.Binary;
using System.Text;

namespace KafkaDatasets.Tests.Fetching.Direct;

/// <summary>Kafka's primitive types for the scripted broker: written and read without the library.</summary>
internal sealed class Wire
{
    private readonly MemoryStream _bytes = new();

    public bool Flexible { get; init; }

    public byte[] ToArray() => _bytes.ToArray();

    public Wire Raw(ReadOnlySpan<byte> bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    public Wire I8(int value) => Raw([(byte)value]);

    public Wire I16(int value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteInt16BigEndian(bytes, (short)value);
        return Raw(bytes);
    }

    public Wire I32(int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return Raw(bytes);
    }

    public Wire I64(long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return Raw(bytes);
    }

    public Wire Uuid(Guid value) => Raw(value.ToByteArray(bigEndian: true));

    public Wire Varint(int value)
    {
        uint left = (uint)value;
        for (; left > 127; left >>= 7)
        {
            I8((int)(left & 127) | 128);
        }

        return I8((int)left);
    }

    /// <summary>The length of an array or of bytes.</summary>
    public Wire Len(int length) => Flexible ? Varint(length + 1) : I32(length);

    public Wire Str(string? value)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(value ?? "");
        int length = value is null ? -1 : bytes.Length;
        return (Flexible ? Varint(length + 1) : I16(length)).Raw(bytes);
    }

    public Wire Bytes(byte[] value) => Len(value.Length).Raw(value);

    public Wire Tags() => Flexible ? I8(0) : this;

    internal sealed class Reader(byte[] bytes)
    {
        private int _at;

        public bool Flexible { get; set; }

        public int I8() => bytes[_at++];

        public int I16() => BinaryPrimitives.ReadInt16BigEndian(Take(2));

        public int I32() => BinaryPrimitives.ReadInt32BigEndian(Take(4));

        public long I64() => BinaryPrimitives.ReadInt64BigEndian(Take(8));

        public Guid Uuid() => new(Take(16), bigEndian: true);

        public int Varint()
        {
            int value = 0;
            for (int shift = 0; ; shift += 7)
            {
                int b = I8();
                value |= (b & 127) << shift;
                if (b < 128)
                {
                    return value;
                }
            }
        }

        public int Len() => Flexible ? Varint() - 1 : I32();

        public string? Str()
        {
            int length = Flexible ? Varint() - 1 : I16();
            return length < 0 ? null : Encoding.UTF8.GetString(Take(length));
        }

        public byte[] Bytes() => Take(Len()).ToArray();

        public void Tags()
        {
            if (Flexible && I8() != 0)
            {
                throw new InvalidDataException("The client sent a tagged field.");
            }
        }

        public void End()
        {
            if (_at != bytes.Length)
            {
                throw new InvalidDataException($"The client sent {bytes.Length - _at} bytes too many.");
            }
        }

        private ReadOnlySpan<byte> Take(int count)
        {
            _at += count;
            return bytes.AsSpan(_at - count, count);
        }
    }
}
