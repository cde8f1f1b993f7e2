using System.Buffers.Text;
using System.Diagnostics;
using Confluent.SchemaRegistry;
using KafkaDatasets.Formats.Encoders;
using KafkaDatasets.Shapes;

namespace KafkaDatasets.Formats.Json;

/// <summary>Writes JSON objects, with a comma after every member and item, the last of which the closing bracket overwrites.</summary>
internal sealed class JsonValues : ValueFormat
{
    public override FormatTraits Traits { get; } = new("JSON") { HasRecords = true };

    public override SchemaType? SchemaType => Confluent.SchemaRegistry.SchemaType.Json;

    public override RecordShape Shape(string? schema, Func<FieldFilter, RecordShape> derive)
        => schema is null ? derive(static _ => true) : JsonDocumentShape.Filter(schema, derive);

    public override string Document(RecordShape shape) => JsonSchemaText.Of(shape);

    public override void Open(ValueBuffer buffer) => buffer.WriteByte((byte)'{');

    public override void Close(ValueBuffer buffer) => buffer.EndList((byte)'{', (byte)'}');

    public override Action<ValueBuffer, TValue> Field<TValue>(RowField field, string path)
    {
        byte[] name = [.. JsonText.Bytes(field.Name), (byte)':'];
        Action<ValueBuffer, TValue> write = Value<TValue>(field.Type, path);
        return (buffer, value) =>
        {
            buffer.WriteRaw(name);
            write(buffer, value);
            buffer.WriteByte((byte)',');
        };
    }

    protected override Action<ValueBuffer> None(FieldType type, string path)
        => type.IsNullable ? static buffer => buffer.WriteRaw("null"u8) : _ => throw NoValue(path);

    protected override Delegate Scalar(ScalarType type, string path) => type.Kind switch
    {
        ScalarKind.Boolean => (Action<ValueBuffer, bool>)(static (buffer, value) => buffer.WriteRaw(value ? "true"u8 : "false"u8)),
        ScalarKind.Int32 or ScalarKind.UInt32 or ScalarKind.Int64 => (Action<ValueBuffer, long>)(static (buffer, value) => buffer.WriteFormatted(value)),
        ScalarKind.UInt64 => (Action<ValueBuffer, ulong>)(static (buffer, value) => buffer.WriteFormatted(value)),
        ScalarKind.Single => (Action<ValueBuffer, float>)JsonText.WriteNumber,
        ScalarKind.Double => (Action<ValueBuffer, double>)JsonText.WriteNumber,
        ScalarKind.Decimal => (Action<ValueBuffer, decimal>)(static (buffer, value) => buffer.WriteFormatted(value)),
        ScalarKind.Text => (Action<ValueBuffer, ReadOnlyMemory<char>>)(static (buffer, value) => JsonText.WriteString(buffer, value.Span)),
        ScalarKind.Bytes => Quoted<ReadOnlyMemory<byte>>(WriteBase64),
        ScalarKind.Uuid => Quoted<Guid>(static (buffer, value) => buffer.WriteFormatted(value)),
        ScalarKind.Date => Quoted<DateOnly>(IsoTime.Write),
        ScalarKind.Time or ScalarKind.TimeSpan => Quoted<TimeSpan>(IsoTime.Write),
        ScalarKind.Timestamp => Quoted<DateTimeOffset>(IsoTime.Write),
        ScalarKind.LocalTimestamp => Quoted<DateTime>(IsoTime.Write),
        _ => throw new UnreachableException(),
    };

    protected override Action<ValueBuffer, int> Symbol(EnumType type)
    {
        byte[][] symbols = [.. type.Symbols.Select(JsonText.Bytes)];
        return (buffer, ordinal) => buffer.WriteRaw(symbols[ordinal]);
    }

    protected override Action<ValueBuffer, TSource> List<TSource, TItem>(FieldType item, ItemSource<TSource, TItem> items, string path)
    {
        Action<ValueBuffer, TItem> write = Followed(Value<TItem>(item, path));
        return (buffer, source) =>
        {
            buffer.WriteByte((byte)'[');
            items.WriteEach(buffer, source, write);
            buffer.EndList((byte)'[', (byte)']');
        };
    }

    protected override Action<ValueBuffer, TSource> Map<TSource, TItem>(FieldType value, ItemSource<TSource, KeyValuePair<string, TItem>> items, string path)
    {
        Action<ValueBuffer, TItem> write = Followed(Value<TItem>(value, path));
        Action<ValueBuffer, KeyValuePair<string, TItem>> writePair = (buffer, pair) =>
        {
            JsonText.WriteString(buffer, pair.Key);
            buffer.WriteByte((byte)':');
            write(buffer, pair.Value);
        };
        return (buffer, source) =>
        {
            Open(buffer);
            items.WriteEach(buffer, source, writePair);
            Close(buffer);
        };
    }

    private static Action<ValueBuffer, TValue> Followed<TValue>(Action<ValueBuffer, TValue> write) => (buffer, value) =>
    {
        write(buffer, value);
        buffer.WriteByte((byte)',');
    };

    private static Action<ValueBuffer, TValue> Quoted<TValue>(Action<ValueBuffer, TValue> write) => (buffer, value) =>
    {
        buffer.WriteByte((byte)'"');
        write(buffer, value);
        buffer.WriteByte((byte)'"');
    };

    private static void WriteBase64(ValueBuffer buffer, ReadOnlyMemory<byte> value)
    {
        const int Group = 3 * 1024;
        Span<byte> text = stackalloc byte[Group / 3 * 4];
        for (ReadOnlySpan<byte> rest = value.Span; rest.Length > 0; rest = rest[Math.Min(Group, rest.Length)..])
        {
            Base64.EncodeToUtf8(rest[..Math.Min(Group, rest.Length)], text, out _, out int written);
            buffer.WriteRaw(text[..written]);
        }
    }
}
