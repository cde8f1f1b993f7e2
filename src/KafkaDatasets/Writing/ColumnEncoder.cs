using System.Reflection;
using KafkaDatasets.Writing.Formats;
using KafkaDatasets.Writing.Shapes;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.Writing;

/// <summary>Writes one column of a cursor's row as one field.</summary>
internal abstract class ColumnEncoder
{
    public abstract void Encode(ValueBuffer buffer);

    /// <exception cref="SchemaException">The column cannot be written as that field.</exception>
    public static Func<DataViewRowCursor, ColumnEncoder> Compile(ValueFormat format, DataViewSchema.Column column, RowField field)
        => (Func<DataViewRowCursor, ColumnEncoder>)typeof(ColumnEncoder)
            .GetMethod(nameof(CompileTyped), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(column.Type.RawType)
            .Invoke(null, BindingFlags.DoNotWrapExceptions, null, [format, column, field], null)!;

    private static Func<DataViewRowCursor, ColumnEncoder> CompileTyped<TValue>(ValueFormat format, DataViewSchema.Column column, RowField field)
    {
        Action<ValueBuffer, TValue> write = column.Type switch
        {
            KeyDataViewType => KeyColumns.Compile<TValue>(format, KeyTexts.Of(column), field),
            VectorDataViewType { ItemType: KeyDataViewType } => KeyColumns.CompileVector<TValue>(format, KeyTexts.Of(column), field),
            _ => format.Field<TValue>(field, field.Name),
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
}
