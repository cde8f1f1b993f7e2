namespace KafkaDatasets.Benchmarks;

/// <summary>What the command line asks for; null where the default depends on the broker.</summary>
internal sealed record BenchmarkSettings
{
    public required bool UseEmbedded { get; init; }

    public required string? BootstrapServers { get; init; }

    public required string? SchemaRegistryUrl { get; init; }

    public required long? Rows { get; init; }

    public required int Partitions { get; init; }

    public required int? Rounds { get; init; }

    public required int? Passes { get; init; }

    public required IReadOnlyList<string> Readers { get; init; }

    public required bool Memory { get; init; }

    public required bool Quick { get; init; }

    public required string? Markdown { get; init; }
}
