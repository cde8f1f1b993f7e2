namespace KafkaDatasets.Pipeline;

/// <summary>Consecutive rows of a block that belong to a window of a shuffled order.</summary>
/// <param name="Block">The block, by its index.</param>
/// <param name="Start">The first row.</param>
/// <param name="Count">The number of rows.</param>
/// <param name="Partition">The partition of the rows.</param>
/// <param name="Origin">What to add to an offset for its slot in the window.</param>
/// <param name="Shift">What to add to a row for its offset; null: offsets are missing between the rows, and must be looked up.</param>
internal readonly record struct WindowStrip(int Block, int Start, int Count, int Partition, long Origin, long? Shift)
{
    public int SlotOf(long offset) => (int)(Origin + offset);
}
