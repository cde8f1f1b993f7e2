namespace KafkaDatasets.Ranges;

/// <summary>The offsets that a pass takes from one segment before it moves to another.</summary>
/// <param name="Segment">The segment.</param>
/// <param name="PartitionIndex">The index of its partition in <see cref="DatasetSnapshot.Partitions"/>.</param>
/// <param name="Start">The first offset.</param>
/// <param name="End">The offset after the last one.</param>
/// <param name="Window">In a shuffled order, the window whose rows are permuted together; 0 otherwise.</param>
/// <param name="Slot">In a shuffled order, the slot of <paramref name="Start"/> in the window.</param>
/// <param name="EndsWindow">Whether this is the last piece of its window.</param>
internal readonly record struct ReadPiece(long Segment, int PartitionIndex, long Start, long End, long Window = 0, int Slot = 0, bool EndsWindow = false);
