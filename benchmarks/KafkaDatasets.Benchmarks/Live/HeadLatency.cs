using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime;
using Confluent.Kafka;
using Confluent.SchemaRegistry;
using KafkaDatasets.Benchmarks.Contenders;
using KafkaDatasets.Benchmarks.Grounds;
using KafkaDatasets.Benchmarks.Topics;

namespace KafkaDatasets.Benchmarks.Live;

/// <summary>How long records take from their acknowledgement to a reader at the head of the log, in milliseconds: medians of runs in turn, with the same writer.</summary>
internal sealed class HeadLatency(Ground ground, ISchemaRegistryClient registry)
{
    private const int PerSecond = 1000;
    private const int Before = 600;
    private const int Partitions = 6;
    private const double WarmUpSeconds = 3;
    private const int MostWarmUps = 6;

    /// <summary>How many methods a run compiles at most once it is warm.</summary>
    private const int FewMethods = 150;

    private readonly List<Latencies> _live = [];
    private readonly List<Latencies> _consumer = [];

    public Latencies Live => Latencies.MedianOf(_live);

    public Latencies Consumer => Latencies.MedianOf(_consumer);

    /// <summary>Measures both readers in turn, first the one and then the other of them first, after runs that warm both up.</summary>
    public async Task RunAsync(int rounds, double seconds, CancellationToken cancellationToken)
    {
        Func<double, CancellationToken, Task<Latencies>>[] readers = [OfLiveAsync, OfConsumerAsync];
        List<Latencies>[] found = [_live, _consumer];
        await WarmUpAsync(readers, seconds, cancellationToken);
        for (int round = 0; round < rounds; round++)
        {
            for (int turn = 0; turn < readers.Length; turn++)
            {
                int reader = (round + turn) % readers.Length;
                GC.Collect(); // else a reader would pay for what the runs before it have left
                found[reader].Add(await readers[reader](seconds, cancellationToken));
            }
        }
    }

    /// <summary>Runs both readers until the runtime has compiled what is hot for the last time: until then, its threads take a core from whoever is measured.</summary>
    private static async Task WarmUpAsync(Func<double, CancellationToken, Task<Latencies>>[] readers, double seconds, CancellationToken cancellationToken)
    {
        long compiled;
        int runs = 0;
        do
        {
            compiled = JitInfo.GetCompiledMethodCount();
            foreach (Func<double, CancellationToken, Task<Latencies>> reader in readers)
            {
                await reader(Math.Min(WarmUpSeconds, seconds), cancellationToken);
            }
        }
        while (++runs < MostWarmUps && seconds > WarmUpSeconds && JitInfo.GetCompiledMethodCount() - compiled > FewMethods);
    }

    private async Task<Latencies> OfLiveAsync(double seconds, CancellationToken cancellationToken)
    {
        using BenchmarkTopic topic = await BenchmarkTopic.FillAsync(ground, new TopicShape(), Before, cancellationToken);
        KafkaDatasetOptions options = DatasetOptions.For(topic.TaskFor("tensors", Before), FetchEngine.Direct, registry) with { Range = TopicRange.All };
        await using KafkaLiveDataset live = await KafkaLiveDataset.JoinAsync(topic.Name, options, new LiveOptions { GroupId = $"benchmark-{Guid.NewGuid():N}" }, cancellationToken);
        return await MeasureAsync(topic.Name, seconds, async arrivals =>
        {
            await foreach (LiveBatch batch in live.ReadBatchesAsync(new LiveBatchOptions { MaxDelay = TimeSpan.Zero }, cancellationToken))
            {
                long now = Stopwatch.GetTimestamp();
                for (int i = 0; i < batch.Rows; i++)
                {
                    arrivals.Add(batch.Tensors.Partitions[i], batch.Tensors.Offsets[i], now);
                }

                batch.Dispose();
                if (arrivals.IsComplete)
                {
                    break;
                }
            }
        });
    }

    private async Task<Latencies> OfConsumerAsync(double seconds, CancellationToken cancellationToken)
    {
        using BenchmarkTopic topic = await BenchmarkTopic.FillAsync(ground, new TopicShape(), Before, cancellationToken);
        using IConsumer<Ignore, byte[]> consumer = GroupConsumer.Create(ground, AutoOffsetReset.Earliest);
        consumer.Subscribe(topic.Name);
        return await MeasureAsync(topic.Name, seconds, arrivals => Task.Factory.StartNew(
            () =>
            {
                while (!arrivals.IsComplete)
                {
                    ConsumeResult<Ignore, byte[]> result = consumer.Consume(cancellationToken);
                    if (!result.IsPartitionEOF)
                    {
                        arrivals.Add(result.Partition.Value, result.Offset.Value, Stopwatch.GetTimestamp());
                    }
                }
            },
            cancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default));
    }

    /// <summary>Starts a reader, waits until it has read what is there, then writes and compares the times.</summary>
    private async Task<Latencies> MeasureAsync(string topic, double seconds, Func<RecordTimes, Task> readAsync)
    {
        int count = (int)(seconds * PerSecond / Partitions) * Partitions;
        var arrived = new RecordTimes(Partitions, Before + count);
        var acknowledged = new RecordTimes(Partitions, Before + count);
        Task reading = readAsync(arrived);
        while (arrived.Count < Before && !reading.IsCompleted)
        {
            await Task.Delay(20);
        }

        int schema = (await registry.GetLatestSchemaAsync($"{topic}-value")).Id;
        await Task.Run(() => Write(topic, schema, count, acknowledged));
        await reading.WaitAsync(BenchmarkTopic.Patience);
        return Latencies.Of(acknowledged.Until(arrived));
    }

    private void Write(string topic, int schema, int count, RecordTimes acknowledged)
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

            producer.Produce(new TopicPartition(topic, i % Partitions), message, report => acknowledged.Add(report.Partition.Value, report.Offset.Value, Stopwatch.GetTimestamp()));
        }

        producer.Flush(BenchmarkTopic.Patience);
    }
}
