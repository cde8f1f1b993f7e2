using KafkaDatasets.Benchmarks.Measuring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.Benchmarks.Contenders;

/// <summary>A pass through a cursor with the two columns that trainers read, where the view has them, and others.</summary>
internal static class CursorPass
{
    public static void Run(IDataView view, IReadOnlyList<string> others, Pass pass, CancellationToken cancellationToken)
    {
        DataViewSchema.Column? featuresColumn = view.Schema.GetColumnOrNull("Features");
        DataViewSchema.Column? labelColumn = view.Schema.GetColumnOrNull("Label");
        DataViewSchema.Column[] otherColumns = [.. others.Select(o => view.Schema[o])];
        using DataViewRowCursor cursor = view.GetRowCursor([.. new[] { featuresColumn, labelColumn }.OfType<DataViewSchema.Column>(), .. otherColumns]);
        ValueGetter<VBuffer<float>>? getFeatures = featuresColumn is { } f ? cursor.GetGetter<VBuffer<float>>(f) : null;
        ValueGetter<bool>? getLabel = labelColumn is { } l ? cursor.GetGetter<bool>(l) : null;
        Func<double>[] readers = [.. otherColumns.Select(c => Reader(cursor, c))];
        VBuffer<float> features = default;
        bool label = false;
        while (cursor.MoveNext())
        {
            double first = 0;
            getFeatures?.Invoke(ref features);
            getLabel?.Invoke(ref label);
            for (int i = 0; i < readers.Length; i++)
            {
                double value = readers[i]();
                first = i == 0 ? value : first;
            }

            pass.Add(1);
            if (pass.AddsUp)
            {
                pass.AddToSum(getFeatures is null ? first : features.GetValues()[0]);
            }

            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Gets a column's value, and gives a number of it: the first item, or a text's length.</summary>
    private static Func<double> Reader(DataViewRowCursor cursor, DataViewSchema.Column column) => column.Type switch
    {
        VectorDataViewType { ItemType: NumberDataViewType n } when n == NumberDataViewType.Single => VectorReader<float>(cursor, column, v => v),
        VectorDataViewType { ItemType: NumberDataViewType n } when n == NumberDataViewType.Double => VectorReader<double>(cursor, column, v => v),
        VectorDataViewType { ItemType: NumberDataViewType n } when n == NumberDataViewType.Int32 => VectorReader<int>(cursor, column, v => v),
        BooleanDataViewType => ScalarReader<bool>(cursor, column, v => v ? 1 : 0),
        TextDataViewType => ScalarReader<ReadOnlyMemory<char>>(cursor, column, v => v.Length),
        _ => throw new System.Diagnostics.UnreachableException($"{column.Name}: {column.Type}"),
    };

    private static Func<double> ScalarReader<T>(DataViewRowCursor cursor, DataViewSchema.Column column, Func<T, double> number)
    {
        ValueGetter<T> getter = cursor.GetGetter<T>(column);
        T value = default!;
        return () =>
        {
            getter(ref value);
            return number(value);
        };
    }

    private static Func<double> VectorReader<T>(DataViewRowCursor cursor, DataViewSchema.Column column, Func<T, double> number)
    {
        ValueGetter<VBuffer<T>> getter = cursor.GetGetter<VBuffer<T>>(column);
        VBuffer<T> value = default;
        return () =>
        {
            getter(ref value);
            return value.GetValues() is [var first, ..] ? number(first) : 0;
        };
    }
}
