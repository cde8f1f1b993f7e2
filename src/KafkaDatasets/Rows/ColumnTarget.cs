namespace KafkaDatasets.Rows;

/// <summary>Where a field's value goes.</summary>
/// <param name="Column">The index of the block's column.</param>
/// <param name="Slot">The slot in it; of a list in a column of known size, its first.</param>
/// <param name="Definition">The block's column.</param>
/// <param name="Field">The dataset's column.</param>
/// <param name="Categories">The categories in UTF-8, where the column is a label of categories.</param>
internal readonly record struct ColumnTarget(int Column, int Slot, BlockColumn Definition, DatasetColumn Field, byte[][]? Categories)
{
    /// <summary>Whether values are items of a list, which must have been begun.</summary>
    public bool IsList { get; } = Field.IsVector;

    /// <summary>Whether values are sizes of lists.</summary>
    public bool IsLengths { get; } = Field.IsLengths;

    /// <summary>Of a list in a column of known size: the slots that it has.</summary>
    public int Size { get; } = Definition.Tensor is null ? Field.Size : Definition.Width;

    /// <summary>The buffer, and the slot that the next value goes to.</summary>
    public ColumnBuffer Next(RowBlock block, out int slot)
    {
        ColumnBuffer column = block.Columns[Column];
        slot = IsList ? column.NextItem() : Slot;
        return column;
    }
}
