using System.Diagnostics;
using System.Runtime.CompilerServices;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Decoding;

/// <summary>The memory of columns whose values lie in records as they do in a block.</summary>
internal static class FixedColumns
{
    /// <summary>The bytes from one slot of a row on, those of the rows that follow too.</summary>
    public static Span<byte> SlotBytes(ColumnBuffer column, ColumnType type, int row, int slot) => type switch
    {
        ColumnType.Single => Unsafe.As<FixedColumn<float>>(column).SlotBytes(row, slot),
        ColumnType.Double => Unsafe.As<FixedColumn<double>>(column).SlotBytes(row, slot),
        _ => throw new UnreachableException($"verbatim values of type {type}"),
    };
}
