namespace KafkaDatasets.Pipeline;

/// <summary>Consecutive rows of a block that belong to a lane of a shuffled order.</summary>
/// <param name="Block">The block, by its index.</param>
/// <param name="Start">The first row.</param>
/// <param name="End">The row after the last one.</param>
/// <param name="Origin">What to add to an offset for its position in the lane.</param>
internal readonly record struct LaneRows(int Block, int Start, int End, long Origin);
