namespace KafkaDatasets.Pipeline;

/// <summary>Consecutive rows of a block that belong to a window of a shuffled order.</summary>
/// <param name="Block">The block, by its index.</param>
/// <param name="Start">The first row.</param>
/// <param name="Count">The number of rows.</param>
/// <param name="Origin">What to add to an offset for its slot in the window.</param>
internal readonly record struct WindowStrip(int Block, int Start, int Count, long Origin)
{
    public int SlotOf(long offset) => (int)(Origin + offset);
}
