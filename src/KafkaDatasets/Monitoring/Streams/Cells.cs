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

    private static string Invariant<T>(T value)
        where T : IFormattable => value.ToString(null, CultureInfo.InvariantCulture);
}
