using System.Diagnostics;
using Confluent.Kafka;
using Confluent.SchemaRegistry;
using KafkaDatasets.Benchmarks.Contenders;
using KafkaDatasets.Benchmarks.Grounds;
using KafkaDatasets.Benchmarks.Topics;

namespace KafkaDatasets.Benchmarks.Live;

/// <summary>Reads a whole topic as a member of a new group, as a bounded read, and with Confluent.Kafka's consumer in a group.</summary>
internal sealed class CatchUp(Ground ground, ISchemaRegistryClient registry, ContenderTask task)
{
    private readonly List<double> _bounded = [];
    private readonly List<double> _live = [];
    private readonly List<double> _consumer = [];

    public double Bounded => Median(_bounded);

    public double Live => Median(_live);

    public double Consumer => Median(_consumer);

    /// <summary>Runs each in turn, the first times to warm up.</summary>
    public async Task RunAsync(int rounds, int warmUps, CancellationToken cancellationToken)
    {
        for (int round = -warmUps; round < rounds; round++)
        {
            double bounded = await ReadBoundedAsync(cancellationToken);
            double live = await ReadLiveAsync(cancellationToken);
            double consumer = round >= 0 ? await Task.Run(() => Consume(cancellationToken), cancellationToken) : 0;
            if (round >= 0)
            {
                _bounded.Add(bounded);
                _live.Add(live);
                _consumer.Add(consumer);
            }
        }
    }

    private KafkaDatasetOptions Options => DatasetOptions.For(task, FetchEngine.Direct, registry) with { Range = TopicRange.All };

    private async Task<double> ReadBoundedAsync(CancellationToken cancellationToken)
    {
        await using KafkaDataset dataset = await KafkaDataset.OpenAsync(task.Topic, Options, cancellationToken);
        long started = Stopwatch.GetTimestamp();
        long rows = 0;
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { BatchSize = 1000 }, cancellationToken))
        {
            rows += batch.Rows;
            batch.Dispose();
        }

        return Rate(rows, started);
    }

    private async Task<double> ReadLiveAsync(CancellationToken cancellationToken)
    {
        var assigned = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using KafkaLiveDataset live = await KafkaLiveDataset.JoinAsync(task.Topic, Options, new LiveOptions { GroupId = $"benchmark-{Guid.NewGuid():N}" }, cancellationToken);
        live.PartitionsAssigned += (_, e) => assigned.TrySetResult();
        if (live.Assignment.Count < task.Partitions)
        {
            await assigned.Task.WaitAsync(BenchmarkTopic.Patience, cancellationToken);
        }

        long started = Stopwatch.GetTimestamp();
        long rows = 0;
        await foreach (LiveBatch batch in live.ReadBatchesAsync(new LiveBatchOptions { BatchSize = 1000, StopAt = StopAt.CaughtUp }, cancellationToken))
        {
            rows += batch.Rows;
            batch.Dispose();
        }

        return Rate(rows, started);
    }

    private double Consume(CancellationToken cancellationToken)
    {
        using IConsumer<Ignore, byte[]> consumer = GroupConsumer.Create(ground, AutoOffsetReset.Earliest);
        consumer.Subscribe(task.Topic);
        while (consumer.Assignment.Count < task.Partitions)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (consumer.Consume(TimeSpan.FromMilliseconds(1)) is not null)
            {
                break;
            }
        }

        long started = Stopwatch.GetTimestamp();
        long rows = 1;
        while (rows < task.Rows)
        {
            rows += consumer.Consume(cancellationToken) is { IsPartitionEOF: false } ? 1 : 0;
        }

        return Rate(rows, started);
    }

    private double Rate(long rows, long started) => rows == task.Rows
        ? rows / Stopwatch.GetElapsedTime(started).TotalSeconds
        : throw new InvalidOperationException($"{rows:N0} rows of {task.Rows:N0} were read.");

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
