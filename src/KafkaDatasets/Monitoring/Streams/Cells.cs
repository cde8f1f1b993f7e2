using System.Globalization;
using System.Text;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Monitoring.Streams;

/// <summary>Single values of columns of any type.</summary>
internal static class Cells
{
    /// <summary>The UTF-8 bytes of a text; empty if there is no such column.</summary>
    public static ReadOnlySpan<byte> Utf8(RowBlock block, int column, int row) => column < 0 ? [] : ((TextColumn)block.Columns[column]).Text(row);

    /// <summary>A whole number that is written as text; null if it is none.</summary>
    public static long? Number(RowBlock block, int column, int row) =>
        long.TryParse(Utf8(block, column, row), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : null;

    /// <summary>A value as text; null if it is missing.</summary>
    public static string? Text(RowBlock block, int column, int row, DatasetColumn definition) => block.Columns[column] switch
    {
        TextColumn texts => texts.Text(row) is { IsEmpty: false } utf8 ? Encoding.UTF8.GetString(utf8) : null,
        FixedColumn<uint> keys when definition.Type == ColumnType.Key => keys.Values[row] == 0 ? null : definition.KeyValues![(int)keys.Values[row] - 1],
        FixedColumn<bool> c => c.Values[row] ? "true" : "false",
        FixedColumn<sbyte> c => Invariant(c.Values[row]),
        FixedColumn<byte> c => Invariant(c.Values[row]),
        FixedColumn<short> c => Invariant(c.Values[row]),
        FixedColumn<ushort> c => Invariant(c.Values[row]),
        FixedColumn<int> c => Invariant(c.Values[row]),
        FixedColumn<uint> c => Invariant(c.Values[row]),
        FixedColumn<long> c => Invariant(c.Values[row]),
        FixedColumn<ulong> c => Invariant(c.Values[row]),
        FixedColumn<float> c => float.IsNaN(c.Values[row]) ? null : Invariant(c.Values[row]),
        FixedColumn<double> c => double.IsNaN(c.Values[row]) ? null : Invariant(c.Values[row]),
        FixedColumn<DateTime> c => c.Values[row].ToString("O", CultureInfo.InvariantCulture),
        FixedColumn<DateTimeOffset> c => c.Values[row].ToString("O", CultureInfo.InvariantCulture),
        FixedColumn<TimeSpan> c => c.Values[row].ToString("c", CultureInfo.InvariantCulture),
        _ => throw new System.Diagnostics.UnreachableException($"column {definition.Name} of type {definition.Type}"),
    };

    /// <summary>A number of a column that is read as 32-bit floating-point numbers.</summary>
    public static float Single(RowBlock block, int column, int row) => ((FixedColumn<float>)block.Columns[column]).Values[row];

    /// <summary>The number of items of a vector of floating-point numbers.</summary>
    public static int VectorLength(RowBlock block, int column, int row) => block.Columns[column] switch
    {
        RaggedColumn ragged => ragged.Row(row) is var range ? range.End.Value - range.Start.Value : 0,
        FixedColumn<float> singles => singles.Width,
        FixedColumn<double> doubles => doubles.Width,
        var other => throw new System.Diagnostics.UnreachableException(other.Type.ToString()),
    };

    /// <summary>An item of a vector of floating-point numbers.</summary>
    public static float Single(RowBlock block, int column, int row, int item) => block.Columns[column] switch
    {
        RaggedColumn { Items: FixedColumn<float> items } ragged => items.Values[ragged.Row(row).Start.Value + item],
        RaggedColumn { Items: FixedColumn<double> items } ragged => (float)items.Values[ragged.Row(row).Start.Value + item],
        FixedColumn<float> singles => singles.Row(row)[item],
        FixedColumn<double> doubles => (float)doubles.Row(row)[item],
        var other => throw new System.Diagnostics.UnreachableException(other.Type.ToString()),
    };

    private static string Invariant<T>(T value)
        where T : IFormattable => value.ToString(null, CultureInfo.InvariantCulture);
}
