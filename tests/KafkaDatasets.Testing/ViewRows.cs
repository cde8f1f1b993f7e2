using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.Testing;

/// <summary>Reads cursors of any view into plain values.</summary>
internal static class ViewRows
{
    /// <summary>A cursor's rows, a value for each column: vectors as arrays, text as strings.</summary>
    public static List<object[]> Read(this DataViewRowCursor cursor, IEnumerable<DataViewSchema.Column> columns)
    {
        Func<object>[] getters = [.. columns.Select(cursor.Getter)];
        var rows = new List<object[]>();
        while (cursor.MoveNext())
        {
            rows.Add([.. getters.Select(get => get())]);
        }

        return rows;
    }

    public static List<object[]> Read(this IDataView view, params string[] columns)
    {
        DataViewSchema.Column[] wanted = [.. columns.Select(name => view.Schema[name])];
        using DataViewRowCursor cursor = view.GetRowCursor(wanted);
        return cursor.Read(wanted);
    }

    public static Func<object> Getter(this DataViewRowCursor cursor, DataViewSchema.Column column)
    {
        DataViewType item = (column.Type as VectorDataViewType)?.ItemType ?? column.Type;
        return (Func<object>)typeof(ViewRows).GetMethod(column.Type is VectorDataViewType ? nameof(Vector) : nameof(Scalar), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(item.RawType)
            .Invoke(null, BindingFlags.DoNotWrapExceptions, null, [cursor, column], null)!;
    }

    /// <summary>The texts of a SlotNames or KeyValues annotation.</summary>
    public static string[] Texts(this DataViewSchema.Column column, string annotation)
    {
        VBuffer<ReadOnlyMemory<char>> texts = default;
        column.Annotations.GetValue(annotation, ref texts);
        return [.. texts.DenseValues().Select(t => t.ToString())];
    }

    private static Func<object> Scalar<T>(DataViewRowCursor cursor, DataViewSchema.Column column)
        where T : struct
    {
        ValueGetter<T> getter = cursor.GetGetter<T>(column);
        return () =>
        {
            T value = default;
            getter(ref value);
            return value is ReadOnlyMemory<char> text ? text.ToString() : value;
        };
    }

    private static Func<object> Vector<T>(DataViewRowCursor cursor, DataViewSchema.Column column)
    {
        ValueGetter<VBuffer<T>> getter = cursor.GetGetter<VBuffer<T>>(column);
        VBuffer<T> value = default;
        return () =>
        {
            getter(ref value);
            return typeof(T) == typeof(ReadOnlyMemory<char>) ? value.DenseValues().Select(v => v!.ToString()!).ToArray() : value.DenseValues().ToArray();
        };
    }
}
