using System.Diagnostics;
using KafkaDatasets.Shapes;

namespace KafkaDatasets.Formats.Protobuf;

/// <summary>Writes the elements of Protobuf's binary encoding.</summary>
internal static class ProtobufWire
{
    private const byte SecondsTag = (1 << 3) | (byte)WireType.Varint;
    private const byte NanosecondsTag = (2 << 3) | (byte)WireType.Varint;

    public static byte[] Tag(int number, FieldType type) => Tag(number, TypeOf(type));

    public static byte[] ListTag(int number) => Tag(number, WireType.LengthDelimited);

    /// <summary>Whether list items of a type are packed: written together, under one tag.</summary>
    public static bool IsPacked(FieldType type) => TypeOf(type) != WireType.LengthDelimited;

    /// <summary>Wraps an encoder so that its output is preceded by its length.</summary>
    public static Action<ValueBuffer, TValue> Delimited<TValue>(Action<ValueBuffer, TValue> write) => (buffer, value) =>
    {
        int start = buffer.Position;
        write(buffer, value);
        buffer.InsertLength(start);
    };

    /// <summary>Writes <c>google.protobuf.Timestamp</c>: seconds and nanoseconds, the latter never negative.</summary>
    public static void WriteTimestamp(ValueBuffer buffer, long utcTicks)
    {
        long ticks = utcTicks - DateTime.UnixEpoch.Ticks;
        long seconds = (long)Math.Floor((decimal)ticks / TimeSpan.TicksPerSecond);
        WriteSeconds(buffer, seconds, ticks - (seconds * TimeSpan.TicksPerSecond));
    }

    /// <summary>Writes <c>google.protobuf.Duration</c>: seconds and nanoseconds of the same sign.</summary>
    /// <exception cref="SchemaException">The time span is longer than <see cref="ProtobufTime.MaxDurationSeconds"/>.</exception>
    public static void WriteDuration(ValueBuffer buffer, TimeSpan value, string path)
    {
        (long seconds, long ticks) = Math.DivRem(value.Ticks, TimeSpan.TicksPerSecond);
        if (seconds is < -ProtobufTime.MaxDurationSeconds or > ProtobufTime.MaxDurationSeconds)
        {
            throw new SchemaException($"Field '{path}': {value} is more than the 10,000 years that google.protobuf.Duration holds.") { Field = path };
        }

        WriteSeconds(buffer, seconds, ticks);
    }

    private static void WriteSeconds(ValueBuffer buffer, long seconds, long ticks)
    {
        if (seconds != 0)
        {
            buffer.WriteByte(SecondsTag);
            buffer.WriteVarint((ulong)seconds);
        }

        if (ticks != 0)
        {
            buffer.WriteByte(NanosecondsTag);
            buffer.WriteVarint((ulong)(ticks * TimeSpan.NanosecondsPerTick));
        }
    }

    private static byte[] Tag(int number, WireType wireType)
    {
        var buffer = new ValueBuffer();
        buffer.WriteVarint(((ulong)number << 3) | (uint)wireType);
        return buffer.Written.ToArray();
    }

    private static WireType TypeOf(FieldType type) => type switch
    {
        EnumType => WireType.Varint,
        ScalarType { Kind: ScalarKind.Boolean or ScalarKind.Int32 or ScalarKind.Int64 or ScalarKind.UInt32 or ScalarKind.UInt64 } => WireType.Varint,
        ScalarType { Kind: ScalarKind.Single } => WireType.Fixed32,
        ScalarType { Kind: ScalarKind.Double } => WireType.Fixed64,
        ScalarType or ListType or MapType or RecordShape => WireType.LengthDelimited,
        _ => throw new UnreachableException(),
    };
}
