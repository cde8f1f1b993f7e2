namespace KafkaDatasets.Decoding;

/// <summary>Where a field's value goes.</summary>
/// <param name="Column">The index of the block's column.</param>
/// <param name="Slot">The slot in it.</param>
/// <param name="Definition">The block's column.</param>
/// <param name="Categories">The categories in UTF-8, where the column is a label of categories.</param>
internal readonly record struct ColumnTarget(int Column, int Slot, BlockColumn Definition, byte[][]? Categories);
