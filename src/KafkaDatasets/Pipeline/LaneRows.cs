namespace KafkaDatasets.Pipeline;

/// <summary>Consecutive rows of a block that belong to a lane of a shuffled order.</summary>
/// <param name="Block">The block, by its index.</param>
/// <param name="Start">The first row.</param>
/// <param name="End">The row after the last one.</param>
/// <param name="Partition">The partition of the rows.</param>
/// <param name="Origin">What to add to an offset for its position in the lane.</param>
/// <param name="Shift">What to add to a row for its offset; null: offsets are missing between the rows, and must be looked up.</param>
internal readonly record struct LaneRows(int Block, int Start, int End, int Partition, long Origin, long? Shift);
