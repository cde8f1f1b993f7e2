namespace KafkaDatasets.Benchmarks.Readers;

/// <summary>What a measured process is to do.</summary>
internal sealed record ReadTask
{
    public required string Reader { get; init; }

    public required string BootstrapServers { get; init; }

    public required string SchemaRegistryUrl { get; init; }

    public required string Topic { get; init; }

    public required int Partitions { get; init; }

    /// <summary>The rows to read in a pass, the first ones of each partition.</summary>
    public required long Rows { get; init; }

    /// <summary>Whether a pass comes first that is not measured.</summary>
    public required bool WarmsUp { get; init; }

    public required int Passes { get; init; }

    /// <summary>The end of a partition for this task.</summary>
    public long End(int partition) => ((Rows * (partition + 1)) + Partitions - 1) / Partitions - (((Rows * partition) + Partitions - 1) / Partitions);
}
