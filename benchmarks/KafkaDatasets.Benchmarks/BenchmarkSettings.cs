namespace KafkaDatasets.Benchmarks;

/// <summary>What the command line asks for; null where the default depends on the suite and the broker.</summary>
internal sealed record BenchmarkSettings
{
    public required bool UseEmbedded { get; init; }

    public required string? BootstrapServers { get; init; }

    public required string? SchemaRegistryUrl { get; init; }

    /// <summary>The suites, by name; empty: all that the broker allows.</summary>
    public required IReadOnlyList<string> Suites { get; init; }

    /// <summary>The readers of the speed suite and the topics of the formats and shapes suites, by name; empty: all.</summary>
    public required IReadOnlyList<string> Only { get; init; }

    public required long? Rows { get; init; }

    public required int? Rounds { get; init; }

    public required double? Seconds { get; init; }

    public required bool Quick { get; init; }

    public required string? Markdown { get; init; }

    public required string? Plot { get; init; }
}
