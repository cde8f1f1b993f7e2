namespace KafkaDatasets.Benchmarks.Topics;

/// <summary>Rows spread evenly: the first so many of each partition.</summary>
/// <param name="Rows">All rows.</param>
/// <param name="Partitions">The number of partitions.</param>
internal readonly record struct PartitionRows(long Rows, int Partitions)
{
    public long Of(int partition) => (Rows * (partition + 1) / Partitions) - (Rows * partition / Partitions);
}
