using KafkaDatasets.Formats.Encoders;
using KafkaDatasets.Shapes;

namespace KafkaDatasets.Formats.Float32;

/// <summary>Writes the fields as consecutive little-endian 32-bit floats, every item of a list included; null is NaN.</summary>
internal sealed class Float32Values : ValueFormat
{
    public override FormatTraits Traits { get; } = new("32-bit floats");

    public override Action<ValueBuffer, TValue> Field<TValue>(RowField field, string path) => Value<TValue>(field.Type, path);

    protected override Action<ValueBuffer> None(FieldType type, string path)
        => type is ListType or RecordShape ? _ => throw NoValue(path) : static buffer => buffer.WriteFloat(float.NaN);

    protected override Delegate Scalar(ScalarType type, string path) => type.Kind switch
    {
        ScalarKind.Boolean => (Action<ValueBuffer, bool>)(static (buffer, value) => buffer.WriteFloat(value ? 1 : 0)),
        ScalarKind.Int32 or ScalarKind.UInt32 or ScalarKind.Int64 => (Action<ValueBuffer, long>)(static (buffer, value) => buffer.WriteFloat(value)),
        ScalarKind.UInt64 => (Action<ValueBuffer, ulong>)(static (buffer, value) => buffer.WriteFloat(value)),
        ScalarKind.Single => (Action<ValueBuffer, float>)(static (buffer, value) => buffer.WriteFloat(value)),
        ScalarKind.Double => (Action<ValueBuffer, double>)(static (buffer, value) => buffer.WriteFloat((float)value)),
        ScalarKind.Decimal => (Action<ValueBuffer, decimal>)(static (buffer, value) => buffer.WriteFloat((float)value)),
        _ => throw new SchemaException($"Field '{path}' is not a number ({type.Kind}); only numbers and Booleans can be written as {Name}.") { Field = path },
    };

    protected override Action<ValueBuffer, int> Symbol(EnumType type) => static (buffer, ordinal) => buffer.WriteFloat(ordinal);

    protected override Action<ValueBuffer, TSource> List<TSource, TItem>(FieldType item, ItemSource<TSource, TItem> items, string path)
    {
        Action<ValueBuffer, TItem> write = Value<TItem>(item, path);
        var floats = item is ScalarType { Kind: ScalarKind.Single, IsNullable: false } ? items as ItemSource<TSource, float> : null;
        return (buffer, source) =>
        {
            if (floats?.TryGetSpan(source, out ReadOnlySpan<float> span) == true)
            {
                buffer.WriteFloats(span);
            }
            else
            {
                items.WriteEach(buffer, source, write);
            }
        };
    }

    protected override Action<ValueBuffer, TSource> Map<TSource, TItem>(FieldType value, ItemSource<TSource, KeyValuePair<string, TItem>> items, string path)
        => throw DoesNotFit<TSource>(new MapType(value), path);
}
