using KafkaDatasets.Formats.Encoders;
using KafkaDatasets.Shapes;

namespace KafkaDatasets.Formats;

/// <summary>Writes record keys: one scalar as text, or bytes unchanged; a missing value gives no key.</summary>
internal sealed class KeyValues : ValueFormat
{
    private readonly TextScalars _scalars = new(static (buffer, text) => buffer.WriteUtf8(text));

    public override FormatTraits Traits { get; } = new("a record key");

    public override Action<ValueBuffer, TValue> Field<TValue>(RowField field, string path) => Value<TValue>(field.Type, path);

    protected override Action<ValueBuffer> None(FieldType type, string path) => _ => throw NoValue(path);

    protected override Delegate Scalar(ScalarType type, string path) => type.Kind == ScalarKind.Bytes
        ? (Action<ValueBuffer, ReadOnlyMemory<byte>>)(static (buffer, value) => buffer.WriteRaw(value.Span))
        : _scalars.Of(type);

    protected override Action<ValueBuffer, int> Symbol(EnumType type) => (buffer, ordinal) => buffer.WriteUtf8(type.Symbols[ordinal]);

    protected override Action<ValueBuffer, TSource> List<TSource, TItem>(FieldType item, ItemSource<TSource, TItem> items, string path)
        => throw DoesNotFit<TSource>(new ListType(item), path);

    protected override Action<ValueBuffer, TSource> Map<TSource, TItem>(FieldType value, ItemSource<TSource, KeyValuePair<string, TItem>> items, string path)
        => throw DoesNotFit<TSource>(new MapType(value), path);

    protected override Action<ValueBuffer, TRecord> Nested<TRecord>(RecordShape record, string path) => throw DoesNotFit<TRecord>(record, path);
}
