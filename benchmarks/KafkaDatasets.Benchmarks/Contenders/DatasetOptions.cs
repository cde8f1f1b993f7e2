using Confluent.SchemaRegistry;

namespace KafkaDatasets.Benchmarks.Contenders;

/// <summary>How the library's readers open the topic: its defaults, and a label.</summary>
internal static class DatasetOptions
{
    public static KafkaDatasetOptions For(ContenderTask task, FetchEngine engine, ISchemaRegistryClient registry) => new()
    {
        BootstrapServers = task.BootstrapServers,
        ClientConfig = task.ClientConfig,
        SchemaRegistry = registry,
        Range = TopicRange.Offsets([.. Enumerable.Range(0, task.Partitions).Select(p => new PartitionRange(p, 0, task.RowsByPartition.Of(p)))]),
        Label = task.Label is { } label ? LabelColumn.Binary(label) : null,
        Features = task.Features,
        Engine = engine,
    };
}
