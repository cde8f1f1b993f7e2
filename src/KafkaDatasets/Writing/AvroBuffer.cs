using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace KafkaDatasets.Writing;

/// <summary>One record's value in Avro's binary encoding; used again for every record.</summary>
internal sealed class AvroBuffer
{
    private const int MaxVarintLength = 10;

    private byte[] _bytes = new byte[256];
    private int _start;
    private int _length;

    /// <summary>The value so far, its frame included.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    /// <summary>Sets the frame that every value begins with: magic byte 0 and the schema's id, big-endian.</summary>
    public void Frame(int schemaId)
    {
        _bytes[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(_bytes.AsSpan(1), schemaId);
        _start = _length = 5;
    }

    /// <summary>Begins the next record.</summary>
    public void Clear() => _length = _start;

    public void WriteBoolean(bool value) => WriteByte(value ? (byte)1 : (byte)0);

    public void WriteByte(byte value)
    {
        Reserve(1);
        _bytes[_length++] = value;
    }

    /// <summary>An int, a long, a length or an index: zigzag, then seven bits a byte, the lowest first.</summary>
    public void WriteLong(long value)
    {
        Reserve(MaxVarintLength);
        ulong rest = (ulong)((value << 1) ^ (value >> 63));
        while (rest > 0x7F)
        {
            _bytes[_length++] = (byte)(rest | 0x80);
            rest >>= 7;
        }

        _bytes[_length++] = (byte)rest;
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

    public void WriteString(string value) => WriteText(value);

    public void WriteText(ReadOnlyMemory<char> value) => WriteText(value.Span);

    public void WriteBytes(byte[] value)
    {
        WriteLong(value.Length);
        WriteRaw(value);
    }

    /// <summary>Bytes as they are, without a length.</summary>
    public void WriteRaw(ReadOnlySpan<byte> value)
    {
        Reserve(value.Length);
        value.CopyTo(_bytes.AsSpan(_length));
        _length += value.Length;
    }

    private void WriteText(ReadOnlySpan<char> value)
    {
        int length = Encoding.UTF8.GetByteCount(value);
        WriteLong(length);
        Reserve(length);
        Encoding.UTF8.GetBytes(value, _bytes.AsSpan(_length));
        _length += length;
    }

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
