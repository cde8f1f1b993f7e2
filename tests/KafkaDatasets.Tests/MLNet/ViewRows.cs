using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.Tests.MLNet;

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

    public static Func<object> Getter(this DataViewRowCursor cursor, DataViewSchema.Column column) => column.Type switch
    {
        BooleanDataViewType => Scalar<bool>(cursor, column),
        TextDataViewType => Text(cursor, column),
        VectorDataViewType => Vector(cursor, column),
        KeyDataViewType => Scalar<uint>(cursor, column),
        NumberDataViewType when column.Type.RawType == typeof(int) => Scalar<int>(cursor, column),
        NumberDataViewType when column.Type.RawType == typeof(long) => Scalar<long>(cursor, column),
        NumberDataViewType when column.Type.RawType == typeof(float) => Scalar<float>(cursor, column),
        NumberDataViewType when column.Type.RawType == typeof(double) => Scalar<double>(cursor, column),
        _ => throw new NotSupportedException(column.Type.ToString()),
    };

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
            return value;
        };
    }

    private static Func<object> Text(DataViewRowCursor cursor, DataViewSchema.Column column)
    {
        ValueGetter<ReadOnlyMemory<char>> getter = cursor.GetGetter<ReadOnlyMemory<char>>(column);
        return () =>
        {
            ReadOnlyMemory<char> value = default;
            getter(ref value);
            return value.ToString();
        };
    }

    private static Func<object> Vector(DataViewRowCursor cursor, DataViewSchema.Column column)
    {
        ValueGetter<VBuffer<float>> getter = cursor.GetGetter<VBuffer<float>>(column);
        VBuffer<float> value = default;
        return () =>
        {
            getter(ref value);
            return value.DenseValues().ToArray();
        };
    }
}
