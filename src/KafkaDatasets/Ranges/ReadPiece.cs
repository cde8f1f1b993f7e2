namespace KafkaDatasets.Ranges;

/// <summary>The offsets that a pass takes from one segment before it moves to another.</summary>
/// <param name="Segment">The segment.</param>
/// <param name="PartitionIndex">The index of its partition in <see cref="DatasetSnapshot.Partitions"/>.</param>
/// <param name="Start">The first offset.</param>
/// <param name="End">The offset after the last one.</param>
/// <param name="Window">In a shuffled order, the window that needs the first row; later rows belong to later windows.</param>
internal readonly record struct ReadPiece(long Segment, int PartitionIndex, long Start, long End, long Window = 0);
