using System.Diagnostics;
using System.Runtime.CompilerServices;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Decoding;

/// <summary>Accesses the memory of columns whose values have the same layout in records as in a block.</summary>
internal static class FixedColumns
{
    /// <summary>Returns the bytes from one slot of a row onwards, including those of later rows.</summary>
    public static Span<byte> SlotBytes(ColumnBuffer column, ColumnType type, int row, int slot) => type switch
    {
        ColumnType.Single => Unsafe.As<FixedColumn<float>>(column).SlotBytes(row, slot),
        ColumnType.Double => Unsafe.As<FixedColumn<double>>(column).SlotBytes(row, slot),
        _ => throw new UnreachableException($"verbatim values of type {type}"),
    };
}
