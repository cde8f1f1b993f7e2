using System.Buffers.Binary;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Confluent.SchemaRegistry;
using x10x_storage_machine_learning;

namespace KafkaDatasets.Benchmarks;

/// <summary>A topic of SUSY-like Avro records: 5 bytes of framing and 19 floats, in snappy batches of up to 2 MB, spread evenly over the partitions.</summary>
internal sealed class SusyTopic : IDisposable
{
    public const int RecordBytes = 5 + (4 * Fields);
    private const int Fields = 19;
    private const int BatchBytes = 2_000_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Ground _ground;
    private readonly IAdminClient _admin;

    private SusyTopic(Ground ground, string name)
    {
        _ground = ground;
        Name = name;
        _admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = ground.BootstrapServers }).SetLogHandler((_, _) => { }).Build();
    }

    public string Name { get; }

    public static async Task<SusyTopic> FillAsync(Ground ground, int partitions, long rows, CancellationToken cancellationToken)
    {
        var topic = new SusyTopic(ground, $"kafkadatasets-benchmark-{Guid.NewGuid():N}");
        try
        {
            await topic.CreateAsync(partitions);
            int schemaId = await topic.RegisterAsync();
            await Task.Run(() => topic.Produce(partitions, rows, schemaId, cancellationToken), cancellationToken);
            topic.Check(partitions, rows);
            return topic;
        }
        catch
        {
            topic.Dispose();
            throw;
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

    private async Task CreateAsync(int partitions)
    {
        if (_ground.Embedded is { } embedded)
        {
            embedded.CreateTopic(Name, partitions);
            return;
        }

        await _admin.CreateTopicsAsync(
        [
            new TopicSpecification
            {
                Name = Name,
                NumPartitions = partitions,
                ReplicationFactor = 1,
                Configs = new() { ["retention.ms"] = "-1", ["max.message.bytes"] = $"{2 * BatchBytes}" },
            },
        ]);
    }

    private async Task<int> RegisterAsync()
    {
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = _ground.SchemaRegistryUrl });
        return await registry.RegisterSchemaAsync($"{Name}-value", new Schema(SUSYRecord._SCHEMA.ToString(), SchemaType.Avro));
    }

    private void Produce(int partitions, long rows, int schemaId, CancellationToken cancellationToken)
    {
        using IProducer<Null, byte[]> producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig
        {
            BootstrapServers = _ground.BootstrapServers,
            CompressionType = CompressionType.Snappy,
            LingerMs = 500,
            BatchSize = BatchBytes,
            BatchNumMessages = 1_000_000,
            MessageMaxBytes = 2 * BatchBytes,
            QueueBufferingMaxMessages = 1_000_000,
            EnableDeliveryReports = false,
        }).SetLogHandler((_, _) => { }).Build();
        var random = new Random(20141);
        var message = new Message<Null, byte[]> { Value = new byte[RecordBytes] };
        BinaryPrimitives.WriteInt32BigEndian(message.Value.AsSpan(1), schemaId);
        TopicPartition[] targets = [.. Enumerable.Range(0, partitions).Select(p => new TopicPartition(Name, p))];
        for (long row = 0; row < rows; row++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Fill(message.Value.AsSpan(5), random);
            while (!TryProduce(producer, targets[(int)(row * partitions / rows)], message))
            {
                producer.Poll(TimeSpan.FromMilliseconds(50));
            }
        }

        producer.Flush(Patience);
    }

    private static bool TryProduce(IProducer<Null, byte[]> producer, TopicPartition target, Message<Null, byte[]> message)
    {
        try
        {
            producer.Produce(target, message);
            return true;
        }
        catch (ProduceException<Null, byte[]> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
        {
            return false;
        }
    }

    private static void Fill(Span<byte> record, Random random)
    {
        float signal = random.Next(2);
        BinaryPrimitives.WriteSingleLittleEndian(record, signal);
        for (int field = 1; field < Fields; field++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(record[(4 * field)..], (random.NextSingle() + random.NextSingle() - 1 + (0.1f * signal)) * 2);
        }
    }

    private void Check(int partitions, long rows)
    {
        using IConsumer<Ignore, Ignore> consumer = new ConsumerBuilder<Ignore, Ignore>(new ConsumerConfig { BootstrapServers = _ground.BootstrapServers, GroupId = "check" }).Build();
        long kept = Enumerable.Range(0, partitions)
            .Select(p => consumer.QueryWatermarkOffsets(new TopicPartition(Name, p), Patience))
            .Sum(w => w.High.Value - w.Low.Value);
        if (kept != rows)
        {
            throw new InvalidOperationException($"Of {rows:N0} rows written the broker holds {kept:N0}{(_ground.IsEmbedded ? ": the embedded broker keeps 5 MiB a partition, ask for fewer rows" : "")}.");
        }
    }
}
