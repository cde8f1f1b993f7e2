using KafkaDatasets.Rows;

namespace KafkaDatasets.Decoding;

/// <summary>One piece of a run of fixed-width fields: bytes that are copied unchanged, or one value that is converted.</summary>
/// <param name="Offset">Its offset in the run.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Source">The type on the wire.</param>
/// <param name="Column">The index of the block's column.</param>
/// <param name="Slot">The first slot.</param>
/// <param name="IsVerbatim">Whether the bytes on the wire are the column's bytes.</param>
/// <param name="Target">The target of a value that is converted.</param>
internal readonly record struct FixedCopy(int Offset, int Length, ColumnType Source, int Column, int Slot, bool IsVerbatim, ColumnTarget[] Target);
