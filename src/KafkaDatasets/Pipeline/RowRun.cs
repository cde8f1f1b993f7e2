namespace KafkaDatasets.Pipeline;

/// <summary>Consecutive records of a block that come from the same segment. Not all of them need be rows of the block: bad ones, for example, may have been skipped.</summary>
/// <param name="Segment">The segment, by its index in the order.</param>
/// <param name="Partition">The partition's number.</param>
/// <param name="Start">The offset of the first record.</param>
/// <param name="End">The offset after the last one.</param>
internal readonly record struct RowRun(long Segment, int Partition, long Start, long End);
