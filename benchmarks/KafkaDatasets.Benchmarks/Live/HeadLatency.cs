using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using Confluent.Kafka;
using Confluent.SchemaRegistry;
using KafkaDatasets.Benchmarks.Contenders;
using KafkaDatasets.Benchmarks.Grounds;
using KafkaDatasets.Benchmarks.Topics;

namespace KafkaDatasets.Benchmarks.Live;

/// <summary>How long records take from their acknowledgement to the reader, at the head of the log, in milliseconds.</summary>
internal sealed record HeadLatency(double Median, double High, double Most)
{
    private const int PerSecond = 1000;

    public static async Task<HeadLatency> OfLiveAsync(Ground ground, ISchemaRegistryClient registry, double seconds, CancellationToken cancellationToken)
    {
        using BenchmarkTopic topic = await BenchmarkTopic.FillAsync(ground, new TopicShape(), 600, cancellationToken);
        KafkaDatasetOptions options = DatasetOptions.For(topic.TaskFor("tensors", 600), FetchEngine.Direct, registry) with { Range = TopicRange.All };
        await using KafkaLiveDataset live = await KafkaLiveDataset.JoinAsync(topic.Name, options, new LiveOptions { GroupId = $"benchmark-{Guid.NewGuid():N}" }, cancellationToken);
        return await MeasureAsync(ground, registry, topic.Name, seconds, async (arrived, isEnough) =>
        {
            await foreach (LiveBatch batch in live.ReadBatchesAsync(new LiveBatchOptions { MaxDelay = TimeSpan.Zero }, cancellationToken))
            {
                long now = Stopwatch.GetTimestamp();
                for (int i = 0; i < batch.Rows; i++)
                {
                    arrived[(batch.Tensors.Partitions[i], batch.Tensors.Offsets[i])] = now;
                }

                batch.Dispose();
                if (isEnough())
                {
                    break;
                }
            }
        });
    }

    public static async Task<HeadLatency> OfConsumerAsync(Ground ground, ISchemaRegistryClient registry, double seconds, CancellationToken cancellationToken)
    {
        using BenchmarkTopic topic = await BenchmarkTopic.FillAsync(ground, new TopicShape(), 600, cancellationToken);
        using IConsumer<Ignore, byte[]> consumer = GroupConsumer.Create(ground, AutoOffsetReset.Earliest);
        consumer.Subscribe(topic.Name);
        return await MeasureAsync(ground, registry, topic.Name, seconds, (arrived, isEnough) => Task.Run(
            () =>
            {
                while (!isEnough())
                {
                    ConsumeResult<Ignore, byte[]> result = consumer.Consume(cancellationToken);
                    arrived[(result.Partition.Value, result.Offset.Value)] = Stopwatch.GetTimestamp();
                }
            },
            cancellationToken));
    }

    /// <summary>Starts a reader, waits until it has read what is there, then writes and compares the times.</summary>
    private static async Task<HeadLatency> MeasureAsync(
        Ground ground,
        ISchemaRegistryClient registry,
        string topic,
        double seconds,
        Func<ConcurrentDictionary<(int, long), long>, Func<bool>, Task> readAsync)
    {
        var arrived = new ConcurrentDictionary<(int, long), long>();
        var acknowledged = new ConcurrentDictionary<(int, long), long>();
        int count = (int)(seconds * PerSecond);
        Task reading = readAsync(arrived, () => arrived.Count >= 600 + count);
        while (arrived.Count < 600 && !reading.IsCompleted)
        {
            await Task.Delay(20);
        }

        int schema = (await registry.GetLatestSchemaAsync($"{topic}-value")).Id;
        await Task.Run(() => Write(ground, topic, schema, count, acknowledged));
        await reading.WaitAsync(BenchmarkTopic.Patience);
        double[] milliseconds = [.. acknowledged.Select(a => Math.Max(0, Stopwatch.GetElapsedTime(a.Value, arrived[a.Key]).TotalMilliseconds)).Order()];
        return new HeadLatency(milliseconds[milliseconds.Length / 2], milliseconds[milliseconds.Length * 99 / 100], milliseconds[^1]);
    }

    private static void Write(Ground ground, string topic, int schema, int count, ConcurrentDictionary<(int, long), long> acknowledged)
    {
        using IProducer<Null, byte[]> producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = ground.BootstrapServers, LingerMs = 0 }).SetLogHandler((_, _) => { }).Build();
        var random = new RowRandom(0);
        long started = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            var message = new Message<Null, byte[]> { Value = RecordShape.Susy.Create() };
            BinaryPrimitives.WriteInt32BigEndian(message.Value.AsSpan(1), schema);
            RecordShape.Susy.Fill(message.Value.AsSpan(RecordShape.FrameBytes), ref random);
            while (Stopwatch.GetElapsedTime(started).TotalSeconds * PerSecond < i)
            {
                Thread.Sleep(1);
            }

            producer.Produce(new TopicPartition(topic, i % 6), message, report => acknowledged[(report.Partition.Value, report.Offset.Value)] = Stopwatch.GetTimestamp());
        }

        producer.Flush(BenchmarkTopic.Patience);
    }
}
