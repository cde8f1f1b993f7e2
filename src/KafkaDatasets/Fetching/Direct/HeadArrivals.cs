using KafkaDatasets.Fetching.Direct.Records;

namespace KafkaDatasets.Fetching.Direct;

/// <summary>What a <see cref="HeadFetcher"/> has received and not yet passed on.</summary>
internal sealed class HeadArrivals
{
    public Queue<(HeadPartition Partition, FetchedSlice Slice)> Slices { get; } = new();

    /// <summary>Partitions that can no longer be read, each with the reason.</summary>
    public Queue<(HeadPartition Partition, Exception Failure)> Failures { get; } = new();

    /// <summary>Partitions whose position is not in their log.</summary>
    public Queue<HeadPartition> OutOfRange { get; } = new();
}
