using Confluent.Kafka;

namespace KafkaDatasets.Benchmarks.Topics;

/// <summary>What is in a topic. The defaults are what the library's writer, and so the demo, makes.</summary>
internal sealed record TopicShape
{
    public RecordShape Records { get; init; } = RecordShape.Susy;

    public int Partitions { get; init; } = 6;

    public CompressionType Compression { get; init; } = CompressionType.Snappy;

    /// <summary>The records of every batch; null: as many as lingering and the client's limits make.</summary>
    public int? BatchRecords { get; init; }

    /// <summary>The topic's configuration.</summary>
    public IReadOnlyDictionary<string, string> Config { get; init; } = new Dictionary<string, string> { ["retention.ms"] = "-1" };
}
