using Confluent.SchemaRegistry;

namespace KafkaDatasets.Benchmarks.Readers;

/// <summary>How the library's readers open the topic: its defaults, and a label.</summary>
internal static class DatasetOptions
{
    public static KafkaDatasetOptions For(ReadTask task, ISchemaRegistryClient registry, FetchEngine engine = FetchEngine.Auto) => new()
    {
        BootstrapServers = task.BootstrapServers,
        SchemaRegistry = registry,
        Range = TopicRange.Offsets([.. Enumerable.Range(0, task.Partitions).Select(p => new PartitionRange(p, 0, task.End(p)))]),
        Label = LabelColumn.Binary("signal"),
        Engine = engine,
    };
}
