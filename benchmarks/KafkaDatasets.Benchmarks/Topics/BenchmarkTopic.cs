using System.Buffers.Binary;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Confluent.SchemaRegistry;
using KafkaDatasets.Benchmarks.Contenders;
using KafkaDatasets.Benchmarks.Grounds;

namespace KafkaDatasets.Benchmarks.Topics;

/// <summary>A topic for one measurement; deleted when disposed.</summary>
internal sealed class BenchmarkTopic : IDisposable
{
    /// <summary>How long the broker may take for anything.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private const int WritesInTurn = 1024;
    private readonly Ground _ground;
    private readonly TopicShape _shape;
    private readonly IAdminClient _admin;

    private BenchmarkTopic(Ground ground, TopicShape shape)
    {
        _ground = ground;
        _shape = shape;
        _admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = ground.BootstrapServers }).SetLogHandler((_, _) => { }).Build();
    }

    public string Name { get; } = $"kafkadatasets-benchmark-{Guid.NewGuid():N}";

    /// <summary>A topic without records, its schema registered.</summary>
    public static async Task<BenchmarkTopic> CreateAsync(Ground ground, TopicShape shape)
    {
        var topic = new BenchmarkTopic(ground, shape);
        try
        {
            await topic.CreateAsync();
            return topic;
        }
        catch
        {
            topic.Dispose();
            throw;
        }
    }

    public static async Task<BenchmarkTopic> FillAsync(Ground ground, TopicShape shape, long rows, CancellationToken cancellationToken)
    {
        BenchmarkTopic topic = await CreateAsync(ground, shape);
        try
        {
            int schemaId = await topic.RegisterAsync();
            await Task.Run(() => topic.Produce(new PartitionRows(rows, shape.Partitions), schemaId, cancellationToken), cancellationToken);
            topic.ThrowUnlessHolds(rows);
            return topic;
        }
        catch
        {
            topic.Dispose();
            throw;
        }
    }

    /// <summary>How topics are written: in batches as large as lingering and the client's limits make them, unless the shape says otherwise.</summary>
    public static ProducerConfig ProducerConfig(Ground ground, TopicShape shape)
    {
        var config = new ProducerConfig
        {
            BootstrapServers = ground.BootstrapServers,
            CompressionType = shape.Compression,
            LingerMs = 500,
            BatchSize = 2_000_000,
            EnableDeliveryReports = false,
        };
        if (shape.BatchRecords is { } records)
        {
            config.BatchNumMessages = records;
        }

        return config;
    }

    /// <summary>What a contender is told of the topic.</summary>
    public ContenderTask TaskFor(string contender, long rows) => new()
    {
        Contender = contender,
        BootstrapServers = _ground.BootstrapServers,
        SchemaRegistryUrl = _ground.SchemaRegistryUrl,
        Topic = Name,
        Partitions = _shape.Partitions,
        Rows = rows,
    };

    public double SumOfFirstFeature(long rows) => _shape.Records.SumOfFirstFeature(new PartitionRows(rows, _shape.Partitions));

    public void ThrowUnlessHolds(long rows)
    {
        using IConsumer<Ignore, Ignore> consumer = new ConsumerBuilder<Ignore, Ignore>(new ConsumerConfig { BootstrapServers = _ground.BootstrapServers, GroupId = "check" }).Build();
        long kept = Enumerable.Range(0, _shape.Partitions)
            .Select(p => consumer.QueryWatermarkOffsets(new TopicPartition(Name, p), Patience))
            .Sum(w => w.High.Value - w.Low.Value);
        if (kept != rows)
        {
            throw new InvalidOperationException($"Of {rows:N0} rows written the broker holds {kept:N0}{(_ground.IsEmbedded ? ": the embedded broker keeps 5 MiB a partition, ask for fewer rows" : "")}.");
        }
    }

    public void Dispose()
    {
        if (!_ground.IsEmbedded)
        {
            _admin.DeleteTopicsAsync([Name]).Wait(Patience);
        }

        _admin.Dispose();
    }

    private async Task CreateAsync()
    {
        if (_ground.Embedded is { } embedded)
        {
            embedded.CreateTopic(Name, _shape.Partitions);
            return;
        }

        await _admin.CreateTopicsAsync(
        [
            new TopicSpecification { Name = Name, NumPartitions = _shape.Partitions, ReplicationFactor = 1, Configs = _shape.Config.ToDictionary() },
        ]);
    }

    private async Task<int> RegisterAsync()
    {
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = _ground.SchemaRegistryUrl });
        return await registry.RegisterSchemaAsync($"{Name}-value", new Schema(_shape.Records.Schema, SchemaType.Avro));
    }

    private void Produce(PartitionRows rows, int schemaId, CancellationToken cancellationToken)
    {
        using IProducer<Null, byte[]> producer = new ProducerBuilder<Null, byte[]>(ProducerConfig(_ground, _shape)).SetLogHandler((_, _) => { }).Build();
        var message = new Message<Null, byte[]> { Value = _shape.Records.Create() };
        BinaryPrimitives.WriteInt32BigEndian(message.Value.AsSpan(1), schemaId);
        var partitions = new (TopicPartition Target, RowRandom Random, long Left)[rows.Partitions];
        for (int p = 0; p < partitions.Length; p++)
        {
            partitions[p] = (new TopicPartition(Name, p), new RowRandom(p), rows.Of(p));
        }

        for (long left = rows.Rows; left > 0;)
        {
            foreach (ref var partition in partitions.AsSpan())
            {
                cancellationToken.ThrowIfCancellationRequested();
                for (int i = 0; i < WritesInTurn && partition.Left > 0; i++)
                {
                    _shape.Records.Fill(message.Value.AsSpan(RecordShape.FrameBytes), ref partition.Random);
                    producer.ProduceOrWait(partition.Target, message);
                    partition.Left--;
                    left--;
                }
            }
        }

        producer.Flush(Patience);
    }
}
