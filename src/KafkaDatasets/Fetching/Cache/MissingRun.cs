namespace KafkaDatasets.Fetching.Cache;

/// <summary>Consecutive offsets of a segment that are not in the cache.</summary>
/// <param name="Segment">The segment of the order that the pass follows.</param>
/// <param name="PartitionIndex">The index of its partition in the snapshot.</param>
/// <param name="Start">The first offset.</param>
/// <param name="End">The offset after the last one.</param>
internal readonly record struct MissingRun(long Segment, int PartitionIndex, long Start, long End);
