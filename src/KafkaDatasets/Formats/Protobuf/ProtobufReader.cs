using System.Buffers.Binary;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats.Protobuf;

/// <summary>Reads Protobuf's binary encoding, and never reads past the end of the value.</summary>
/// <param name="data">The whole value.</param>
/// <param name="position">The position to start from.</param>
/// <param name="end">The end of the message.</param>
internal ref struct ProtobufReader(ReadOnlySpan<byte> data, int position, int end)
{
    /// <summary>The nesting depth of groups up to which no memory is allocated.</summary>
    private const int DepthOnStack = 100;

    private readonly ReadOnlySpan<byte> _data = data;

    public int Position { get; private set; } = position;

    public readonly bool IsAtEnd => Position >= end;

    /// <summary>Reads the tag of the next field.</summary>
    public int ReadTag(out WireType wire)
    {
        ulong tag = ReadVarint();
        wire = (WireType)(tag & 7);
        if (tag > uint.MaxValue || tag >> 3 == 0 || wire > WireType.Fixed32)
        {
            throw new MalformedValueException($"{tag} is not a valid field key");
        }

        return (int)(tag >> 3);
    }

    public ulong ReadVarint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            if (Position >= end)
            {
                throw Truncated(1);
            }

            byte b = _data[Position++];
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }

        throw new MalformedValueException("an integer has more than 10 bytes");
    }

    public float ReadFloat() => BinaryPrimitives.ReadSingleLittleEndian(Take(sizeof(float)));

    public double ReadDouble() => BinaryPrimitives.ReadDoubleLittleEndian(Take(sizeof(double)));

    public uint ReadFixed32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    public ulong ReadFixed64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));

    /// <summary>Reads the length before a text, bytes, a message or a packed list.</summary>
    public int ReadLength()
    {
        ulong length = ReadVarint();
        return length <= (ulong)(end - Position) ? (int)length : throw new MalformedValueException($"a length of {length} bytes, but only {end - Position} are left");
    }

    public ReadOnlySpan<byte> ReadBytes() => Take(ReadLength());

    public ReadOnlySpan<byte> Take(int length)
    {
        if (length > end - Position)
        {
            throw Truncated(length);
        }

        Position += length;
        return _data.Slice(Position - length, length);
    }

    /// <summary>Skips a value; for a group, everything within it.</summary>
    public void Skip(int number, WireType wire)
    {
        switch (wire)
        {
            case WireType.Varint:
                ReadVarint();
                break;
            case WireType.Fixed64:
                Take(sizeof(ulong));
                break;
            case WireType.LengthDelimited:
                Take(ReadLength());
                break;
            case WireType.Fixed32:
                Take(sizeof(uint));
                break;
            case WireType.StartGroup:
                TakeGroup(number);
                break;
            default:
                throw new MalformedValueException($"group {number} ends without having started");
        }
    }

    /// <summary>Skips a group.</summary>
    /// <returns>The end of its content.</returns>
    public int TakeGroup(int number)
    {
        int last = Position;
        Span<int> groups = stackalloc int[DepthOnStack];
        groups[0] = number;
        int depth = 1;
        while (depth > 0)
        {
            last = Position;
            number = ReadTag(out WireType wire);
            if (wire == WireType.StartGroup)
            {
                if (depth == groups.Length)
                {
                    var more = new int[2 * depth];
                    groups.CopyTo(more);
                    groups = more;
                }

                groups[depth++] = number;
            }
            else if (wire == WireType.EndGroup)
            {
                if (groups[--depth] != number)
                {
                    throw new MalformedValueException($"group {number} ends where group {groups[depth]} is open");
                }
            }
            else
            {
                Skip(number, wire);
            }
        }

        return last;
    }

    private readonly MalformedValueException Truncated(int length) => new($"the data ends {length - (end - Position)} bytes too early");
}
