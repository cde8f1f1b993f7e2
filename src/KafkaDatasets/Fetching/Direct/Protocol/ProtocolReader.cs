using System.Buffers.Binary;
using System.Text;

namespace KafkaDatasets.Fetching.Direct.Protocol;

/// <summary>Reads Kafka's primitive types.</summary>
/// <remarks>It never reads past the end: from there on, every value is 0 and <see cref="IsTruncated"/> is true, which a caller checks once after reading.</remarks>
internal ref struct ProtocolReader
{
    private readonly ReadOnlySpan<byte> _bytes;
    private int _position;

    public ProtocolReader(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes;
    }

    public readonly int Position => _position;

    public readonly int Remaining => _bytes.Length - _position;

    /// <summary>Whether a read went past the end.</summary>
    public bool IsTruncated { get; private set; }

    public byte ReadByte() => TryTake(1, out ReadOnlySpan<byte> b) ? b[0] : (byte)0;

    public bool ReadBoolean() => ReadByte() != 0;

    public short ReadInt16() => TryTake(2, out ReadOnlySpan<byte> b) ? BinaryPrimitives.ReadInt16BigEndian(b) : (short)0;

    public int ReadInt32() => TryTake(4, out ReadOnlySpan<byte> b) ? BinaryPrimitives.ReadInt32BigEndian(b) : 0;

    public long ReadInt64() => TryTake(8, out ReadOnlySpan<byte> b) ? BinaryPrimitives.ReadInt64BigEndian(b) : 0;

    public ErrorCode ReadErrorCode() => (ErrorCode)ReadInt16();

    public Guid ReadUuid() => TryTake(16, out ReadOnlySpan<byte> b) ? new Guid(b, bigEndian: true) : default;

    /// <exception cref="ProtocolException">The value is longer than 32 bits.</exception>
    public uint ReadUnsignedVarint()
    {
        uint value = 0;
        for (int shift = 0; shift < 35; shift += 7)
        {
            byte b = ReadByte();
            if (shift == 28 && b > 0x0F)
            {
                break;
            }

            value |= (uint)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }

        throw new ProtocolException("A variable-length number has more than 32 bits");
    }

    /// <summary>Reads a string, or null.</summary>
    public string? ReadString(bool flexible)
    {
        int length = flexible ? CompactLength() : ReadInt16();
        return length < 0 || !TryTake(length, out ReadOnlySpan<byte> b) ? null : Encoding.UTF8.GetString(b);
    }

    public void SkipString(bool flexible) => Skip(Math.Max(0, flexible ? CompactLength() : ReadInt16()));

    /// <summary>Reads bytes; empty when they are null.</summary>
    public ReadOnlySpan<byte> ReadBytes(bool flexible) => TryTake(Math.Max(0, ReadLength(flexible)), out ReadOnlySpan<byte> b) ? b : default;

    /// <summary>Reads the length of an array or of bytes; −1 when they are null.</summary>
    public int ReadLength(bool flexible)
    {
        int length = flexible ? CompactLength() : ReadInt32();
        return length < -1 ? throw new ProtocolException($"A length is {length}") : length;
    }

    public void SkipInt32Array(bool flexible)
    {
        long bytes = 4L * Math.Max(0, ReadLength(flexible));
        Skip((int)Math.Min(bytes, int.MaxValue));
    }

    /// <summary>Skips tagged fields, if the message has them.</summary>
    public void SkipTags(bool flexible)
    {
        if (!flexible)
        {
            return;
        }

        for (uint count = ReadUnsignedVarint(); count > 0 && !IsTruncated; count--)
        {
            ReadUnsignedVarint();
            Skip((int)Math.Min(ReadUnsignedVarint(), int.MaxValue));
        }
    }

    public void Skip(int count) => TryTake(count, out _);

    /// <exception cref="ProtocolException">A read went past the end.</exception>
    public readonly void ThrowIfTruncated(string message)
    {
        if (IsTruncated)
        {
            throw new ProtocolException($"{message} is shorter than its fields");
        }
    }

    private int CompactLength()
    {
        uint length = ReadUnsignedVarint();
        return length > int.MaxValue ? throw new ProtocolException($"A length is {length}") : (int)length - 1;
    }

    private bool TryTake(int count, out ReadOnlySpan<byte> bytes)
    {
        if (IsTruncated || count > Remaining)
        {
            IsTruncated = true;
            bytes = default;
            return false;
        }

        bytes = _bytes.Slice(_position, count);
        _position += count;
        return true;
    }
}
