using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace KafkaDatasets.Shapes;

/// <summary>The bytes of one record's value or key; reused for every record.</summary>
internal sealed class ValueBuffer
{
    private const int MaxVarintLength = 10;

    private byte[] _bytes = new byte[256];
    private int _start;
    private int _length;

    /// <summary>The bytes written so far, including the frame.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    /// <summary>The bytes written so far, without the frame.</summary>
    public ReadOnlySpan<byte> Value => _bytes.AsSpan(_start, _length - _start);

    /// <summary>The position of the next byte.</summary>
    public int Position => _length;

    /// <summary>Whether the value or key is null.</summary>
    public bool IsNull { get; private set; }

    /// <summary>Sets the frame: the bytes with which every value begins.</summary>
    public void Frame(ReadOnlySpan<byte> prefix)
    {
        _start = _length = 0;
        WriteRaw(prefix);
        _start = _length;
    }

    /// <summary>Begins the next record.</summary>
    public void Clear()
    {
        _length = _start;
        IsNull = false;
    }

    public void WriteNull() => IsNull = true;

    public void WriteBoolean(bool value) => WriteByte(value ? (byte)1 : (byte)0);

    public void WriteByte(byte value)
    {
        Reserve(1);
        _bytes[_length++] = value;
    }

    /// <summary>Writes a zigzag varint: Avro's ints, longs, lengths and indexes.</summary>
    public void WriteLong(long value) => WriteVarint((ulong)((value << 1) ^ (value >> 63)));

    /// <summary>Writes a varint: seven bits per byte, least significant first.</summary>
    public void WriteVarint(ulong value)
    {
        Reserve(MaxVarintLength);
        while (value > 0x7F)
        {
            _bytes[_length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _bytes[_length++] = (byte)value;
    }

    public void WriteFloat(float value)
    {
        Reserve(sizeof(float));
        BinaryPrimitives.WriteSingleLittleEndian(_bytes.AsSpan(_length), value);
        _length += sizeof(float);
    }

    public void WriteDouble(double value)
    {
        Reserve(sizeof(double));
        BinaryPrimitives.WriteDoubleLittleEndian(_bytes.AsSpan(_length), value);
        _length += sizeof(double);
    }

    public void WriteFloatBigEndian(float value)
    {
        Reserve(sizeof(float));
        BinaryPrimitives.WriteSingleBigEndian(_bytes.AsSpan(_length), value);
        _length += sizeof(float);
    }

    public void WriteDoubleBigEndian(double value)
    {
        Reserve(sizeof(double));
        BinaryPrimitives.WriteDoubleBigEndian(_bytes.AsSpan(_length), value);
        _length += sizeof(double);
    }

    public void WriteFloats(ReadOnlySpan<float> values)
    {
        if (BitConverter.IsLittleEndian)
        {
            WriteRaw(MemoryMarshal.AsBytes(values));
            return;
        }

        foreach (float value in values)
        {
            WriteFloat(value);
        }
    }

    /// <summary>Writes bytes unchanged, without a length.</summary>
    public void WriteRaw(ReadOnlySpan<byte> value)
    {
        Reserve(value.Length);
        value.CopyTo(_bytes.AsSpan(_length));
        _length += value.Length;
    }

    /// <summary>Writes text as UTF-8, without a length.</summary>
    public void WriteUtf8(ReadOnlySpan<char> value)
    {
        Reserve(Encoding.UTF8.GetMaxByteCount(value.Length));
        _length += Encoding.UTF8.GetBytes(value, _bytes.AsSpan(_length));
    }

    /// <summary>Writes a value as text in the invariant culture, without a length.</summary>
    public void WriteFormatted<TValue>(TValue value, ReadOnlySpan<char> format = default)
        where TValue : IUtf8SpanFormattable
    {
        const int Enough = 64;
        Reserve(Enough);
        int written;
        while (!value.TryFormat(_bytes.AsSpan(_length), out written, format, CultureInfo.InvariantCulture))
        {
            Reserve(_bytes.Length);
        }

        _length += written;
    }

    /// <summary>Removes all bytes from a position on.</summary>
    public void Truncate(int length) => _length = length;

    /// <summary>Whether every byte from a position on is zero.</summary>
    public bool IsZeroFrom(int start) => !_bytes.AsSpan(start, _length - start).ContainsAnyExcept((byte)0);

    /// <summary>Inserts, at a position, the length of the bytes after it, as a varint.</summary>
    public void InsertLength(int start)
    {
        int length = _length - start;
        WriteVarint((ulong)length);
        int size = _length - start - length;
        Span<byte> prefix = stackalloc byte[MaxVarintLength];
        _bytes.AsSpan(start + length, size).CopyTo(prefix);
        _bytes.AsSpan(start, length).CopyTo(_bytes.AsSpan(start + size));
        prefix[..size].CopyTo(_bytes.AsSpan(start));
    }

    /// <summary>Closes a list whose items, if any, each end with a comma: the last comma becomes the closing bracket.</summary>
    public void EndList(byte opening, byte closing)
    {
        if (_bytes[_length - 1] == opening)
        {
            WriteByte(closing);
        }
        else
        {
            _bytes[_length - 1] = closing;
        }
    }

    /// <summary>Removes the last byte, if there is one after the frame.</summary>
    public void DropLast() => _length = Math.Max(_start, _length - 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Reserve(int count)
    {
        if (_bytes.Length - _length < count)
        {
            Grow(count);
        }
    }

    private void Grow(int count)
        => Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(2L * _bytes.Length, (long)_length + count)));
}
