using System.Reflection;
using KafkaDatasets.Shapes;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.Formats.Encoders;

/// <summary>Encodes one field of a cursor's row: a column, or the columns of a nested record.</summary>
internal abstract class ColumnEncoder
{
    public abstract void Encode(ValueBuffer buffer);

    /// <summary>Builds the encoder of a column.</summary>
    /// <exception cref="SchemaException">The column cannot be written as the field.</exception>
    public static Func<DataViewRow, ColumnEncoder> Compile(ValueFormat format, DataViewSchema.Column column, RowField field)
        => (Func<DataViewRow, ColumnEncoder>)typeof(ColumnEncoder)
            .GetMethod(nameof(CompileTyped), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(column.Type.RawType)
            .Invoke(null, BindingFlags.DoNotWrapExceptions, null, [format, column, field], null)!;

    /// <summary>Builds the encoder of a nested record.</summary>
    public static Func<DataViewRow, ColumnEncoder> Compile(ValueFormat format, Func<DataViewRow, ColumnGroup> open, RowField field, string path)
    {
        Action<ValueBuffer, ColumnGroup> write = format.Field<ColumnGroup>(field, path);
        return cursor => new Group(open(cursor), write);
    }

    private static Func<DataViewRow, ColumnEncoder> CompileTyped<TValue>(ValueFormat format, DataViewSchema.Column column, RowField field)
    {
        Action<ValueBuffer, TValue> write = column.Type switch
        {
            KeyDataViewType => KeyColumns.Compile<TValue>(format, KeyTexts.Of(column), field, column.Name),
            VectorDataViewType { ItemType: KeyDataViewType } => KeyColumns.CompileVector<TValue>(format, KeyTexts.Of(column), field, column.Name),
            VectorDataViewType { ItemType.RawType: var item } when item == typeof(byte) && field.Type is ScalarType => (Action<ValueBuffer, TValue>)(object)ByteVectors.Compile(format, field, column.Name),
            _ when ViewShape.IsTime(typeof(TValue)) && field.Type.IsNullable => MissingTimes.Compile<TValue>(format, field, column.Name),
            _ => format.Field<TValue>(field, column.Name),
        };
        return cursor => new Typed<TValue>(cursor.GetGetter<TValue>(column), write);
    }

    private sealed class Typed<TValue>(ValueGetter<TValue> getter, Action<ValueBuffer, TValue> write) : ColumnEncoder
    {
        private TValue _value = default!;

        public override void Encode(ValueBuffer buffer)
        {
            getter(ref _value);
            write(buffer, _value);
        }
    }

    private sealed class Group(ColumnGroup columns, Action<ValueBuffer, ColumnGroup> write) : ColumnEncoder
    {
        public override void Encode(ValueBuffer buffer) => write(buffer, columns);
    }
}
