using System.Text.Json.Serialization;
using KafkaDatasets.Benchmarks.Topics;

namespace KafkaDatasets.Benchmarks.Contenders;

/// <summary>What a measured process is to do.</summary>
internal sealed record ContenderTask
{
    public required string Contender { get; init; }

    public required string BootstrapServers { get; init; }

    /// <summary>Security settings, by librdkafka's names.</summary>
    public Dictionary<string, string> ClientConfig { get; init; } = [];

    public required string SchemaRegistryUrl { get; init; }

    public required string Topic { get; init; }

    public required int Partitions { get; init; }

    /// <summary>The rows of a pass: the first ones of each partition.</summary>
    public required long Rows { get; init; }

    /// <summary>Where the same rows lie in files.</summary>
    public string Folder { get; init; } = "";

    /// <summary>Passes are repeated until they have taken so long together; 0: one pass.</summary>
    public double Seconds { get; init; }

    /// <summary>How many of the contender run at the same time.</summary>
    public int AtOnce { get; init; } = 1;

    /// <summary>The kind of the events; null: the topic does not hold events.</summary>
    public string? Event { get; init; }

    /// <summary>The label's field; null: there is none.</summary>
    public string? Label { get; init; } = "signal";

    /// <summary>The features; null: every number.</summary>
    public IReadOnlyList<string>? Features { get; init; }

    /// <summary>What a cursor reads besides label and features.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    [JsonIgnore]
    public PartitionRows RowsByPartition => new(Rows, Partitions);
}
