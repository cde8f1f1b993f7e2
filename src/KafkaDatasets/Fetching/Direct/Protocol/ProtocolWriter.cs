using System.Buffers.Binary;
using System.Text;

namespace KafkaDatasets.Fetching.Direct.Protocol;

/// <summary>Writes one request at a time into a reused buffer.</summary>
internal sealed class ProtocolWriter
{
    private byte[] _bytes = new byte[1024];
    private int _length;

    /// <summary>The request, beginning with its length.</summary>
    public ReadOnlyMemory<byte> Request => _bytes.AsMemory(0, _length);

    /// <summary>Whether strings, arrays and tagged fields are written in the flexible form (KIP-482).</summary>
    public bool IsFlexible { get; private set; }

    /// <summary>Starts a request.</summary>
    public void Begin(ApiKey api, short version, bool flexible, int correlationId, string clientId)
    {
        _length = 4;
        IsFlexible = false;
        WriteInt16((short)api);
        WriteInt16(version);
        WriteInt32(correlationId);
        WriteString(clientId);
        IsFlexible = flexible;
        WriteTags();
    }

    /// <summary>Finishes the request.</summary>
    public void End() => BinaryPrimitives.WriteInt32BigEndian(_bytes, _length - 4);

    public void WriteByte(byte value) => Take(1)[0] = value;

    public void WriteBoolean(bool value) => WriteByte(value ? (byte)1 : (byte)0);

    public void WriteInt16(short value) => BinaryPrimitives.WriteInt16BigEndian(Take(2), value);

    public void WriteInt32(int value) => BinaryPrimitives.WriteInt32BigEndian(Take(4), value);

    public void WriteInt64(long value) => BinaryPrimitives.WriteInt64BigEndian(Take(8), value);

    public void WriteUuid(Guid value) => value.TryWriteBytes(Take(16), bigEndian: true, out _);

    public void WriteUnsignedVarint(uint value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            WriteByte((byte)(value | 0x80));
        }

        WriteByte((byte)value);
    }

    public void WriteString(string value)
    {
        int count = Encoding.UTF8.GetByteCount(value);
        if (IsFlexible)
        {
            WriteUnsignedVarint((uint)count + 1);
        }
        else
        {
            WriteInt16(checked((short)count));
        }

        Encoding.UTF8.GetBytes(value, Take(count));
    }

    public void WriteBytes(ReadOnlySpan<byte> value)
    {
        WriteLength(value.Length);
        value.CopyTo(Take(value.Length));
    }

    /// <summary>Writes the length of an array or of bytes.</summary>
    public void WriteLength(int length)
    {
        if (IsFlexible)
        {
            WriteUnsignedVarint((uint)length + 1);
        }
        else
        {
            WriteInt32(length);
        }
    }

    /// <summary>Writes an empty list of tagged fields, if the message can have them.</summary>
    public void WriteTags()
    {
        if (IsFlexible)
        {
            WriteByte(0);
        }
    }

    private Span<byte> Take(int count)
    {
        int needed = checked(_length + count);
        if (needed > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(needed, 2 * _bytes.Length));
        }

        Span<byte> taken = _bytes.AsSpan(_length, count);
        _length = needed;
        return taken;
    }
}
