namespace KafkaDatasets.Ranges;

/// <summary>Consecutive offsets [<paramref name="Start"/>, <paramref name="End"/>) of one partition that a pass fetches from first to last.</summary>
/// <param name="PartitionIndex">The index in <see cref="DatasetSnapshot.Partitions"/>.</param>
/// <param name="Start">The first offset.</param>
/// <param name="End">The offset after the last one.</param>
internal readonly record struct ReadSegment(int PartitionIndex, long Start, long End);
