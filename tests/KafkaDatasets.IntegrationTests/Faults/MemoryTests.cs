using System.Diagnostics;
using KafkaDatasets.IntegrationTests.Cluster;
using KafkaDatasets.IntegrationTests.Fetching;
using KafkaDatasets.IntegrationTests.Leaks;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Faults;

/// <summary>Memory stays within <see cref="KafkaDatasetOptions.PrefetchBytes"/> and a constant, whoever dawdles.</summary>
[Collection(nameof(Alone))]
public sealed class MemoryTests(SharedKafka shared)
{
    private const long MiB = 1 << 20;

    /// <summary>What a pass may take besides: the client with its own queue, its threads, and what the heap has not given back.</summary>
    private const long Constant = 64 * MiB;

    private const int Rows = 100_000;

    public static TheoryData<FetchEngine> EveryEngine => Engines.All;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>64 partitions, the last of which has half of 100 MB, and a reader that takes a batch now and then, and holds each tenth for ever.</summary>
    [Theory(Timeout = 300_000)]
    [MemberData(nameof(EveryEngine))]
    public async Task Slow_reader_of_uneven_partitions_that_holds_batches(FetchEngine engine)
    {
        const long prefetch = 8 * MiB;
        KafkaDriver kafka = await shared.KafkaAsync();
        FaultTopic topic = await FaultTopic.WriteAsync(kafka, 0, partitions: 64);
        await topic.AppendAsync(Enumerable.Range(0, Rows).Select(i => (i % 2 == 0 ? 63 : i / 2 % 63 * (i / 2 % 63) / 63, i)));
        var options = new KafkaDatasetOptions
        {
            BootstrapServers = kafka.BootstrapServers,
            Format = RecordFormat.Avro(LogTopic.Schema),
            Label = LabelColumn.Binary("label"),
            Engine = engine,
            PrefetchBytes = prefetch,
        };
        await using KafkaDataset dataset = await KafkaDataset.OpenAsync(topic.Name, options, Cancelled);
        List<LogRow> expected = topic.Expected(dataset.Snapshot);
        await LogRow.ReadAsync(dataset, 100, Cancelled); // once, so that the compiler's memory is not counted
        long before = Memory();
        long most = 0;
        int at = 0;
        var held = new List<TensorBatch>();
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { BatchSize = 100 }, Cancelled))
        {
            for (int row = 0; row < batch.Rows; row++)
            {
                Assert.Equal(expected[at++], new LogRow(batch.Partitions[row], batch.Offsets[row], batch.Labels[row], batch.Features[row, 0]));
            }

            if (at % 10_000 == 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(500), Cancelled); // the reader is a thousand times slower than the broker
                most = Math.Max(most, Memory() - before);
            }

            if (at % 1000 == 0)
            {
                held.Add(batch);
            }
            else
            {
                batch.Dispose();
            }
        }

        Assert.Equal(Rows, at);
        Assert.InRange(most, long.MinValue, prefetch + Constant);
        TestContext.Current.TestOutputHelper?.WriteLine($"{engine}: at most {most / MiB} MiB more than before");
        GC.KeepAlive(held);
    }

    private static long Memory()
    {
        GC.Collect();
        using Process process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
