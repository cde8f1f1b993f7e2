namespace KafkaDatasets.Rows;

/// <summary>The target of a field's value.</summary>
/// <param name="Column">The index of the block's column.</param>
/// <param name="Slot">The slot in that column, or the first one for a list in a fixed-size column.</param>
/// <param name="Definition">The block's column.</param>
/// <param name="Field">The dataset's column.</param>
/// <param name="Categories">The categories in UTF-8, when the column is a category label.</param>
internal readonly record struct ColumnTarget(int Column, int Slot, BlockColumn Definition, DatasetColumn Field, byte[][]? Categories)
{
    /// <summary>Whether values are items of a list, which must have been started.</summary>
    public bool IsList { get; } = Field.IsVector;

    /// <summary>Whether values are sizes of lists.</summary>
    public bool IsLengths { get; } = Field.IsLengths;

    /// <summary>The number of slots, for a list in a fixed-size column.</summary>
    public int Size { get; } = Definition.Tensor is null ? Field.Size : Definition.Width;

    /// <summary>Returns the buffer and the slot for the next value.</summary>
    public ColumnBuffer Next(RowBlock block, out int slot)
    {
        ColumnBuffer column = block.Columns[Column];
        slot = IsList ? column.NextItem() : Slot;
        return column;
    }
}
