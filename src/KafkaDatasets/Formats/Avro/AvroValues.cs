using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using Confluent.SchemaRegistry;
using KafkaDatasets.Formats.Encoders;
using KafkaDatasets.Shapes;

namespace KafkaDatasets.Formats.Avro;

/// <summary>Writes Avro's binary encoding.</summary>
internal sealed class AvroValues : ValueFormat
{
    public override FormatTraits Traits { get; } = new("Avro") { NeedsNames = true, HasRecords = true, HasBytes = true };

    public override SchemaType? SchemaType => Confluent.SchemaRegistry.SchemaType.Avro;

    public override RecordShape Shape(string? schema, Func<FieldFilter, RecordShape> derive) => schema is null ? derive(static _ => true) : AvroShape.Parse(schema);

    public override string Document(RecordShape shape) => AvroDocument.Of(shape);

    public override Action<ValueBuffer, TValue> Field<TValue>(RowField field, string path) => Value<TValue>(field.Type, path);

    protected override Action<ValueBuffer, TValue> Some<TValue>(FieldType type, Action<ValueBuffer, TValue> write)
    {
        if (!type.IsNullable)
        {
            return write;
        }

        long index = 1 - type.NullIndex;
        return (buffer, value) =>
        {
            buffer.WriteLong(index);
            write(buffer, value);
        };
    }

    protected override Action<ValueBuffer> None(FieldType type, string path)
        => type.IsNullable ? buffer => buffer.WriteLong(type.NullIndex) : _ => throw NoValue(path);

    protected override Delegate Scalar(ScalarType type, string path) => type.Kind switch
    {
        ScalarKind.Boolean => (Action<ValueBuffer, bool>)(static (buffer, value) => buffer.WriteBoolean(value)),
        ScalarKind.Int32 or ScalarKind.UInt32 or ScalarKind.Int64 => (Action<ValueBuffer, long>)(static (buffer, value) => buffer.WriteLong(value)),
        ScalarKind.UInt64 => (Action<ValueBuffer, ulong>)((buffer, value) => buffer.WriteLong(value <= long.MaxValue ? (long)value : throw TooLarge(value, "Avro's long holds", path))),
        ScalarKind.Single => (Action<ValueBuffer, float>)(static (buffer, value) => buffer.WriteFloat(value)),
        ScalarKind.Double => (Action<ValueBuffer, double>)(static (buffer, value) => buffer.WriteDouble(value)),
        ScalarKind.Decimal => Decimals(type, path),
        ScalarKind.Text => (Action<ValueBuffer, ReadOnlyMemory<char>>)(static (buffer, value) => WriteText(buffer, value.Span)),
        ScalarKind.Bytes when type.FixedSize is { } size => (Action<ValueBuffer, ReadOnlyMemory<byte>>)((buffer, value) => WriteFixed(buffer, value.Span, size, path)),
        ScalarKind.Bytes => (Action<ValueBuffer, ReadOnlyMemory<byte>>)(static (buffer, value) => WriteBytes(buffer, value.Span)),
        ScalarKind.Uuid when type.FixedSize is not null => (Action<ValueBuffer, Guid>)(static (buffer, value) => WriteUuid(buffer, value)),
        ScalarKind.Uuid => (Action<ValueBuffer, Guid>)(static (buffer, value) =>
        {
            const int Length = 36;
            buffer.WriteLong(Length);
            buffer.WriteFormatted(value);
        }),
        ScalarKind.Date => (Action<ValueBuffer, DateOnly>)(static (buffer, value) => buffer.WriteLong(value.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber)),
        ScalarKind.Time or ScalarKind.TimeSpan => Times(type, path),
        ScalarKind.Timestamp => (Action<ValueBuffer, DateTimeOffset>)((buffer, value) => buffer.WriteLong(Units(value.UtcTicks - DateTime.UnixEpoch.Ticks, type, path))),
        ScalarKind.LocalTimestamp => (Action<ValueBuffer, DateTime>)((buffer, value) => buffer.WriteLong(Units(value.Ticks - DateTime.UnixEpoch.Ticks, type, path))),
        _ => throw new UnreachableException(),
    };

    protected override Action<ValueBuffer, int> Symbol(EnumType type) => static (buffer, ordinal) => buffer.WriteLong(ordinal);

    protected override Action<ValueBuffer, TSource> List<TSource, TItem>(FieldType item, ItemSource<TSource, TItem> items, string path)
        => List(items, Value<TItem>(item, path), item is ScalarType { Kind: ScalarKind.Single, IsNullable: false } ? items as ItemSource<TSource, float> : null);

    protected override Action<ValueBuffer, TSource> Map<TSource, TItem>(FieldType value, ItemSource<TSource, KeyValuePair<string, TItem>> items, string path)
    {
        Action<ValueBuffer, TItem> write = Value<TItem>(value, path);
        return List(items, (buffer, pair) =>
        {
            WriteText(buffer, pair.Key);
            write(buffer, pair.Value);
        });
    }

    /// <summary>Writes one block of items, if there are any, and the empty block that ends the list.</summary>
    private static Action<ValueBuffer, TSource> List<TSource, TItem>(ItemSource<TSource, TItem> items, Action<ValueBuffer, TItem> write, ItemSource<TSource, float>? floats = null) => (buffer, source) =>
    {
        if (items.Count(source) is > 0 and var count)
        {
            buffer.WriteLong(count);
            if (floats?.TryGetSpan(source, out ReadOnlySpan<float> span) == true)
            {
                buffer.WriteFloats(span);
            }
            else
            {
                items.WriteEach(buffer, source, write);
            }
        }

        buffer.WriteByte(0);
    };

    private static void WriteText(ValueBuffer buffer, ReadOnlySpan<char> text)
    {
        buffer.WriteLong(System.Text.Encoding.UTF8.GetByteCount(text));
        buffer.WriteUtf8(text);
    }

    private static void WriteBytes(ValueBuffer buffer, ReadOnlySpan<byte> value)
    {
        buffer.WriteLong(value.Length);
        buffer.WriteRaw(value);
    }

    private static void WriteFixed(ValueBuffer buffer, ReadOnlySpan<byte> value, int size, string path)
        => buffer.WriteRaw(value.Length == size ? value : throw new SchemaException($"Field '{path}' has {value.Length} bytes; its Avro type is fixed with {size}.") { Field = path });

    private static void WriteUuid(ValueBuffer buffer, Guid value)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        buffer.WriteRaw(bytes);
    }

    /// <summary>Encodes time spans as times of day, since Avro has no time spans; each must be shorter than a day.</summary>
    private static Action<ValueBuffer, TimeSpan> Times(ScalarType type, string path) => (buffer, value) => buffer.WriteLong(
        value >= TimeSpan.Zero && value < TimeSpan.FromDays(1)
            ? Units(value.Ticks, type, path)
            : throw new SchemaException($"Field '{path}': {value} is not between zero and a day, which is all that Avro's times hold: write a number instead, or another format.") { Field = path });

    /// <summary>Converts ticks to the schema's units, rounding down.</summary>
    private static long Units(long ticks, ScalarType type, string path)
    {
        if (type.TicksPerUnit == 0)
        {
            const int NanosecondsPerTick = 100;
            return ticks is <= long.MaxValue / NanosecondsPerTick and >= long.MinValue / NanosecondsPerTick
                ? ticks * NanosecondsPerTick
                : throw new SchemaException($"Field '{path}': a timestamp in nanoseconds must be between the years 1677 and 2262: give a schema with microseconds.") { Field = path };
        }

        return (ticks - (ticks % type.TicksPerUnit + type.TicksPerUnit) % type.TicksPerUnit) / type.TicksPerUnit;
    }

    /// <summary>Encodes the unscaled value, big-endian in two's complement (specification, "Decimal"), without rounding.</summary>
    private static Action<ValueBuffer, decimal> Decimals(ScalarType type, string path)
    {
        var scale = BigInteger.Pow(10, type.Scale);
        var limit = BigInteger.Pow(10, type.Precision);
        return (buffer, value) =>
        {
            Span<int> bits = stackalloc int[4];
            decimal.GetBits(value, bits);
            int digits = (bits[3] >> 16) & 0x7F;
            BigInteger digitsAsWhole = new BigInteger((uint)bits[2]) << 64 | new BigInteger((uint)bits[1]) << 32 | (uint)bits[0];
            BigInteger unscaled = BigInteger.DivRem(digitsAsWhole * scale, BigInteger.Pow(10, digits), out BigInteger rest);
            if (!rest.IsZero || unscaled >= limit)
            {
                throw new SchemaException($"Field '{path}': {value.ToString(CultureInfo.InvariantCulture)} does not fit a decimal of precision {type.Precision} and scale {type.Scale}: give a schema with larger ones.") { Field = path };
            }

            WriteUnscaled(buffer, value < 0 ? -unscaled : unscaled, type.FixedSize, path);
        };
    }

    private static void WriteUnscaled(ValueBuffer buffer, BigInteger value, int? size, string path)
    {
        Span<byte> bytes = stackalloc byte[64];
        value.TryWriteBytes(bytes, out int length, isBigEndian: true);
        if (size is not { } fixedSize)
        {
            WriteBytes(buffer, bytes[..length]);
            return;
        }

        if (length > fixedSize)
        {
            throw new SchemaException($"Field '{path}': a decimal takes {length} bytes; its Avro type is fixed with {fixedSize}.") { Field = path };
        }

        for (int i = length; i < fixedSize; i++)
        {
            buffer.WriteByte(value.Sign < 0 ? (byte)0xFF : (byte)0);
        }

        buffer.WriteRaw(bytes[..length]);
    }

    private static SchemaException TooLarge(ulong value, string limit, string path) => new($"Field '{path}': {value} is more than {limit}.") { Field = path };
}
