using System.Diagnostics;
using KafkaDatasets.Formats.Encoders;
using KafkaDatasets.Shapes;

namespace KafkaDatasets.Formats.Float32;

/// <summary>Writes the fields as consecutive 32-bit or 64-bit floats, including every item of a list; null is NaN.</summary>
/// <param name="isDouble">Whether they are 64-bit floats.</param>
/// <param name="order">The byte order.</param>
internal sealed class FloatValues(bool isDouble, ByteOrder order) : ValueFormat
{
    private readonly Action<ValueBuffer, double> _write = (isDouble, order) switch
    {
        (false, ByteOrder.LittleEndian) => static (buffer, value) => buffer.WriteFloat((float)value),
        (false, ByteOrder.BigEndian) => static (buffer, value) => buffer.WriteFloatBigEndian((float)value),
        (true, ByteOrder.LittleEndian) => static (buffer, value) => buffer.WriteDouble(value),
        (true, ByteOrder.BigEndian) => static (buffer, value) => buffer.WriteDoubleBigEndian(value),
        _ => throw new UnreachableException(),
    };

    public override FormatTraits Traits { get; } = new(isDouble ? "64-bit floats" : "32-bit floats");

    public override Action<ValueBuffer, TValue> Field<TValue>(RowField field, string path) => Value<TValue>(field.Type, path);

    protected override Action<ValueBuffer> None(FieldType type, string path)
        => type is ListType or RecordShape ? _ => throw NoValue(path) : buffer => _write(buffer, double.NaN);

    protected override Delegate Scalar(ScalarType type, string path) => type.Kind switch
    {
        ScalarKind.Boolean => (Action<ValueBuffer, bool>)((buffer, value) => _write(buffer, value ? 1 : 0)),
        ScalarKind.Int32 or ScalarKind.UInt32 or ScalarKind.Int64 => Integers(),
        ScalarKind.UInt64 => isDouble ? (Action<ValueBuffer, ulong>)((buffer, value) => _write(buffer, value)) : (buffer, value) => _write(buffer, (float)value),
        ScalarKind.Single => (Action<ValueBuffer, float>)((buffer, value) => _write(buffer, value)),
        ScalarKind.Double => _write,
        ScalarKind.Decimal => isDouble ? (Action<ValueBuffer, decimal>)((buffer, value) => _write(buffer, (double)value)) : (buffer, value) => _write(buffer, (float)value),
        ScalarKind.Text or ScalarKind.Bytes or ScalarKind.Uuid or ScalarKind.Date or ScalarKind.Time or ScalarKind.TimeSpan or ScalarKind.Timestamp or ScalarKind.LocalTimestamp
            => throw new SchemaException($"Field '{path}' is not a number ({type.Kind}); only numbers and Booleans can be written as {Name}.") { Field = path },
        _ => throw new UnreachableException(),
    };

    protected override Action<ValueBuffer, int> Symbol(EnumType type) => (buffer, ordinal) => _write(buffer, ordinal);

    protected override Action<ValueBuffer, TSource> List<TSource, TItem>(FieldType item, ItemSource<TSource, TItem> items, string path)
    {
        Action<ValueBuffer, TItem> write = Value<TItem>(item, path);
        bool isVerbatim = !isDouble && order == ByteOrder.LittleEndian && item is ScalarType { Kind: ScalarKind.Single, IsNullable: false };
        var floats = isVerbatim ? items as ItemSource<TSource, float> : null;
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

    /// <summary>Rounds an integer only once: converting through a double would round twice near the middle between two floats.</summary>
    private Action<ValueBuffer, long> Integers() => isDouble ? (buffer, value) => _write(buffer, value) : (buffer, value) => _write(buffer, (float)value);
}
