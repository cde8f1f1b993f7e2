using Confluent.Kafka;
using Confluent.SchemaRegistry;
using KafkaDatasets.IntegrationTests.Cluster;

namespace KafkaDatasets.IntegrationTests.Pipeline;

/// <summary>A topic of 1,000,000 SUSY records in six partitions of unequal length, written once for the tests of a class.</summary>
public sealed class MillionRows : IDisposable
{
    public const int Count = 1_000_000;
    public const int Partitions = 6;
    private readonly SharedKafka _shared;
    private readonly Lazy<Task> _filled;
    private CachedSchemaRegistryClient? _registry;

    public MillionRows(SharedKafka shared)
    {
        _shared = shared;
        _filled = new(FillAsync);
    }

    internal string Topic { get; } = $"kafkadatasets-test-{Guid.NewGuid():N}";

    internal KafkaDriver Kafka { get; private set; } = null!;

    /// <summary>Options to read the topic, once it is there.</summary>
    internal async Task<KafkaDatasetOptions> OptionsAsync(FetchEngine engine, long prefetchBytes = 64 << 20, int? workers = null)
    {
        await _filled.Value;
        return new KafkaDatasetOptions
        {
            BootstrapServers = Kafka.BootstrapServers,
            SchemaRegistry = _registry,
            Label = LabelColumn.Binary("signal"),
            Engine = engine,
            PrefetchBytes = prefetchBytes,
            DecodeWorkers = workers,
        };
    }

    public void Dispose() => _registry?.Dispose();

    private async Task FillAsync()
    {
        Kafka = await _shared.KafkaAsync();
        _registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = await _shared.SchemaRegistryUrlAsync() });
        await Kafka.CreateTopicAsync(Partitions, new Dictionary<string, string> { ["retention.ms"] = "-1", ["max.message.bytes"] = "4000000" }, name: Topic);
        int id = await Susy.RegisterAsync(_registry, Topic);
        await Kafka.ProduceAsync(
            Topic,
            Records(id),
            new ProducerConfig { CompressionType = CompressionType.Snappy, LingerMs = 500, BatchSize = 2_000_000, BatchNumMessages = 100_000, MessageMaxBytes = 4_000_000 });
    }

    /// <summary>Random rows; a partition gets the more the higher its number.</summary>
    private static IEnumerable<(int Partition, byte[]? Value)> Records(int schemaId)
    {
        var random = new Random(5);
        float[] row = new float[Susy.Fields.Length];
        for (int i = 0; i < Count; i++)
        {
            row[0] = random.Next(2);
            for (int field = 1; field < row.Length; field++)
            {
                row[field] = (random.NextSingle() * 4) - 1;
            }

            yield return ((int)(Partitions * Math.Sqrt(random.NextDouble())), Susy.Encode(schemaId, row));
        }
    }
}
