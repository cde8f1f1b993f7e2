using System.Diagnostics;
using Confluent.SchemaRegistry;
using KafkaDatasets.Formats.Encoders;
using KafkaDatasets.Shapes;

namespace KafkaDatasets.Formats.Protobuf;

/// <summary>Writes proto3 messages: zero and empty values of non-nullable fields are omitted, as are nulls of nullable ones.</summary>
/// <param name="number">The number of the field, or 0 for items of a list.</param>
internal sealed class ProtobufValues(int number = 0) : ValueFormat
{
    public override FormatTraits Traits { get; } = new("Protobuf") { NeedsNames = true, HasRecords = true, HasBytes = true, HasNullItems = false };

    public override SchemaType? SchemaType => Confluent.SchemaRegistry.SchemaType.Protobuf;

    /// <summary>The bytes for the first message of the schema, which is the row.</summary>
    public override ReadOnlySpan<byte> AfterId => FirstMessage;

    private static byte[] FirstMessage { get; } = MessageIndex.Bytes([0]);

    public override string Document(RecordShape shape) => ProtobufDocument.Of(shape);

    public override Action<ValueBuffer, TValue> Field<TValue>(RowField field, string path)
    {
        var values = new ProtobufValues(field.Number);
        return field.Type is ListType or MapType
            ? values.Value<TValue>(field.Type with { IsNullable = true }, path)
            : values.Value<TValue>(field.Type, path);
    }

    protected override Action<ValueBuffer, TValue> Some<TValue>(FieldType type, Action<ValueBuffer, TValue> write)
    {
        if (number == 0 || type is ListType or MapType)
        {
            return write;
        }

        byte[] tag = ProtobufWire.Tag(number, type);
        bool hasPresence = type.IsNullable || type is RecordShape or ScalarType { Kind: ScalarKind.Timestamp or ScalarKind.LocalTimestamp or ScalarKind.TimeSpan };
        return (buffer, value) =>
        {
            int before = buffer.Position;
            buffer.WriteRaw(tag);
            int start = buffer.Position;
            write(buffer, value);
            if (!hasPresence && buffer.IsZeroFrom(start))
            {
                buffer.Truncate(before);
            }
        };
    }

    protected override Action<ValueBuffer> None(FieldType type, string path) => type.IsNullable && number != 0 ? static _ => { } : _ => throw NoValue(path);

    protected override Delegate Scalar(ScalarType type, string path) => type.Kind switch
    {
        ScalarKind.Boolean => (Action<ValueBuffer, bool>)(static (buffer, value) => buffer.WriteBoolean(value)),
        ScalarKind.Int32 or ScalarKind.UInt32 or ScalarKind.Int64 => (Action<ValueBuffer, long>)(static (buffer, value) => buffer.WriteVarint((ulong)value)),
        ScalarKind.UInt64 => (Action<ValueBuffer, ulong>)(static (buffer, value) => buffer.WriteVarint(value)),
        ScalarKind.Single => (Action<ValueBuffer, float>)(static (buffer, value) => buffer.WriteFloat(value)),
        ScalarKind.Double => (Action<ValueBuffer, double>)(static (buffer, value) => buffer.WriteDouble(value)),
        ScalarKind.Text => ProtobufWire.Delimited<ReadOnlyMemory<char>>(static (buffer, value) => buffer.WriteUtf8(value.Span)),
        ScalarKind.Bytes => ProtobufWire.Delimited<ReadOnlyMemory<byte>>(static (buffer, value) => buffer.WriteRaw(value.Span)),
        ScalarKind.Decimal => ProtobufWire.Delimited<decimal>(static (buffer, value) => buffer.WriteFormatted(value)),
        ScalarKind.Uuid => ProtobufWire.Delimited<Guid>(static (buffer, value) => buffer.WriteFormatted(value)),
        ScalarKind.Date => ProtobufWire.Delimited<DateOnly>(IsoTime.Write),
        ScalarKind.Time => ProtobufWire.Delimited<TimeSpan>(IsoTime.Write),
        ScalarKind.TimeSpan => ProtobufWire.Delimited<TimeSpan>((buffer, value) => ProtobufWire.WriteDuration(buffer, value, path)),
        ScalarKind.Timestamp => ProtobufWire.Delimited<DateTimeOffset>(static (buffer, value) => ProtobufWire.WriteTimestamp(buffer, value.UtcTicks)),
        ScalarKind.LocalTimestamp => ProtobufWire.Delimited<DateTime>(static (buffer, value) => ProtobufWire.WriteTimestamp(buffer, value.Ticks)),
        _ => throw new UnreachableException(),
    };

    protected override Action<ValueBuffer, TRecord> Nested<TRecord>(RecordShape record, string path) => ProtobufWire.Delimited(base.Nested<TRecord>(record, path));

    protected override Action<ValueBuffer, int> Symbol(EnumType type) => static (buffer, ordinal) => buffer.WriteVarint((ulong)ordinal);

    protected override Action<ValueBuffer, TSource> List<TSource, TItem>(FieldType item, ItemSource<TSource, TItem> items, string path)
    {
        RefuseWithin(item, path);
        return ProtobufWire.IsPacked(item) ? Packed(item, items, path) : Repeated(items, Item<TItem>(item, path));
    }

    protected override Action<ValueBuffer, TSource> Map<TSource, TItem>(FieldType value, ItemSource<TSource, KeyValuePair<string, TItem>> items, string path)
    {
        RefuseWithin(value, path);
        Action<ValueBuffer, string> writeKey = Field<string>(new RowField("key", new ScalarType(ScalarKind.Text), 1), path);
        Action<ValueBuffer, TItem> writeValue = Field<TItem>(new RowField("value", value, 2), path);
        return Repeated(items, ProtobufWire.Delimited<KeyValuePair<string, TItem>>((buffer, pair) =>
        {
            writeKey(buffer, pair.Key);
            writeValue(buffer, pair.Value);
        }));
    }

    /// <summary>Builds the encoder of a list's items.</summary>
    private static Action<ValueBuffer, TItem> Item<TItem>(FieldType item, string path) => new ProtobufValues().Value<TItem>(item, path);

    private Action<ValueBuffer, TSource> Repeated<TSource, TItem>(ItemSource<TSource, TItem> items, Action<ValueBuffer, TItem> write)
    {
        byte[] tag = ProtobufWire.ListTag(number);
        Action<ValueBuffer, TItem> writeTagged = (buffer, item) =>
        {
            buffer.WriteRaw(tag);
            write(buffer, item);
        };
        return (buffer, source) => items.WriteEach(buffer, source, writeTagged);
    }

    private Action<ValueBuffer, TSource> Packed<TSource, TItem>(FieldType item, ItemSource<TSource, TItem> items, string path)
    {
        byte[] tag = ProtobufWire.ListTag(number);
        Action<ValueBuffer, TItem> write = Item<TItem>(item, path);
        var floats = item is ScalarType { Kind: ScalarKind.Single } ? items as ItemSource<TSource, float> : null;
        return (buffer, source) =>
        {
            if (items.Count(source) == 0)
            {
                return;
            }

            buffer.WriteRaw(tag);
            if (floats?.TryGetSpan(source, out ReadOnlySpan<float> span) == true)
            {
                buffer.WriteVarint((ulong)span.Length * sizeof(float));
                buffer.WriteFloats(span);
                return;
            }

            int start = buffer.Position;
            items.WriteEach(buffer, source, write);
            buffer.InsertLength(start);
        };
    }

    private void RefuseWithin(FieldType type, string path)
    {
        string? reason = type is ListType or MapType || number == 0 ? "a list or a map within a list or a map" : type.IsNullable ? "a value that may be null within a list or a map" : null;
        if (reason is not null)
        {
            throw new SchemaException($"Field '{path}' has {reason}, which Protobuf cannot hold.") { Field = path };
        }
    }
}
