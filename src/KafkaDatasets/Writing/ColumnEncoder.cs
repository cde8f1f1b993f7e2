using System.Reflection;
using Avro;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.Writing;

/// <summary>Writes one column of a cursor's row as one Avro field.</summary>
internal abstract class ColumnEncoder
{
    public abstract void Encode(AvroBuffer buffer);

    /// <exception cref="SchemaException">The column cannot be written as that Avro type.</exception>
    public static Func<DataViewRowCursor, ColumnEncoder> Compile(DataViewSchema.Column column, Field field)
        => (Func<DataViewRowCursor, ColumnEncoder>)typeof(ColumnEncoder)
            .GetMethod(nameof(CompileTyped), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(column.Type.RawType)
            .Invoke(null, BindingFlags.DoNotWrapExceptions, null, [column, field], null)!;

    private static Func<DataViewRowCursor, ColumnEncoder> CompileTyped<TValue>(DataViewSchema.Column column, Field field)
    {
        Action<AvroBuffer, TValue> write = column.Type is KeyDataViewType
            ? KeyEncoder.Compile<TValue>(KeyTexts.Of(column), field)
            : ValueEncoder.Compile<TValue>(field.Schema, field.Name);
        return cursor => new Typed<TValue>(cursor.GetGetter<TValue>(column), write);
    }

    private sealed class Typed<TValue>(ValueGetter<TValue> getter, Action<AvroBuffer, TValue> write) : ColumnEncoder
    {
        private TValue _value = default!;

        public override void Encode(AvroBuffer buffer)
        {
            getter(ref _value);
            write(buffer, _value);
        }
    }
}
