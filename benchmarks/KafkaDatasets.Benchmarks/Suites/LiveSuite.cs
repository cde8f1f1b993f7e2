using Confluent.SchemaRegistry;
using KafkaDatasets.Benchmarks.Contenders;
using KafkaDatasets.Benchmarks.Grounds;
using KafkaDatasets.Benchmarks.Live;
using KafkaDatasets.Benchmarks.Measuring;
using KafkaDatasets.Benchmarks.Reports;
using KafkaDatasets.Benchmarks.Topics;
using Spectre.Console;

namespace KafkaDatasets.Benchmarks.Suites;

/// <summary>Following a topic as a member of a group, and learning from it.</summary>
internal sealed class LiveSuite : ISuite
{
    private const string CatchingUp = "catch-up";
    private const string Learning = "learning";
    private const string Latency = "latency";

    /// <summary>The parts that can be run alone.</summary>
    public static IReadOnlyList<string> Names { get; } = [CatchingUp, Learning, Latency];

    public string Name => "live";

    public string Title => "Live";

    public string? Lacks(Ground ground) => null;

    public async Task<IReadOnlyList<ResultTable>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = bench.Ground.SchemaRegistryUrl });
        var aims = new AimTable();
        IReadOnlyList<string> parts = Names.Intersect(bench.Settings.Only).ToArray() is { Length: > 0 } chosen ? chosen : Names;
        List<ResultTable> tables = [];
        if (parts.Contains(CatchingUp) || parts.Contains(Learning))
        {
            long rows = bench.Rows(real: 10_000_000, embedded: 300_000, quick: 60_000);
            using BenchmarkTopic topic = await BenchmarkTopic.FillAsync(bench.Ground, new TopicShape(), rows, cancellationToken);
            if (parts.Contains(CatchingUp))
            {
                tables.Add(await CatchUpAsync(bench, registry, topic, rows, aims, cancellationToken));
            }

            if (parts.Contains(Learning))
            {
                tables.Add(await LearnAsync(bench, topic, rows, aims, cancellationToken));
            }
        }

        if (parts.Contains(Latency))
        {
            tables.Add(await FollowAsync(bench, registry, aims, cancellationToken));
        }

        tables.Add(aims);
        return tables;
    }

    private static async Task<ResultTable> CatchUpAsync(
        Bench bench, ISchemaRegistryClient registry, BenchmarkTopic topic, long rows, AimTable aims, CancellationToken cancellationToken)
    {
        var catchUp = new CatchUp(bench.Ground, registry, topic.TaskFor("tensors", rows));
        await catchUp.RunAsync(bench.Rounds, bench.Settings.Quick ? 0 : 2, cancellationToken);
        var caught = new ResultTable(
            $"{rows:N0} rows of {RecordShape.Susy.Bytes} bytes, 6 partitions, {bench.Ground.Broker}, read from the start of the log to its end; {bench.Figures}. Members of groups are timed from the moment at which they have their partitions.",
            ["reader", "rows/s", "× bounded read"]);
        caught.Add("KafkaDatasets, bounded read, tensor batches", $"{catchUp.Bounded:N0}", "1.00");
        caught.Add("KafkaDatasets, `KafkaLiveDataset`, tensor batches", $"{catchUp.Live:N0}", $"{catchUp.Live / catchUp.Bounded:0.00}");
        caught.Add("Confluent.Kafka `Consume` in a group, raw bytes", $"{catchUp.Consumer:N0}", $"{catchUp.Consumer / catchUp.Bounded:0.00}");
        aims.AtLeast("catching up by group, rows/s against a bounded read", 0.8, "×", catchUp.Live / catchUp.Bounded);
        return caught;
    }

    private static async Task<ResultTable> LearnAsync(Bench bench, BenchmarkTopic topic, long rows, AimTable aims, CancellationToken cancellationToken)
    {
        var learn = new Entry(topic.TaskFor("ftrl", rows) with { Seconds = bench.Seconds });
        var read = new Entry(topic.TaskFor("tensors", rows) with { Seconds = bench.Seconds });
        await Race.RunAsync(bench, [learn, read], cancellationToken);
        var learned = new ResultTable(
            $"FTRL-Proximal over 18 features with a running standardization, of the same rows; {bench.Figures}. CPU is of all threads of the process: fetching, decompressing and decoding too.",
            ["what", "rows/s", "CPU ns/row", "rows per second of CPU"]);
        foreach (Entry entry in (Entry[])[read, learn])
        {
            learned.Add(ContenderCatalog.Describe(entry.Task.Contender), $"{entry.RowsPerSecond:N0}", $"{entry.ProcessorNanosecondsPerRow:N0}", $"{1e9 / entry.ProcessorNanosecondsPerRow:N0}");
        }

        aims.AtLeast("FTRL over 18 features, million rows learned end to end per second of one core", 3, "", 1e3 / learn.ProcessorNanosecondsPerRow);
        return learned;
    }

    private static async Task<ResultTable> FollowAsync(Bench bench, ISchemaRegistryClient registry, AimTable aims, CancellationToken cancellationToken)
    {
        AnsiConsole.WriteLine("  latency at the head of the log");
        double seconds = bench.Settings.Quick ? 1 : 10;
        var head = new HeadLatency(bench.Ground, registry);
        await head.RunAsync(bench.Rounds, seconds, cancellationToken);
        (Latencies live, Latencies consumer) = (head.Live, head.Consumer);
        var latency = new ResultTable(
            $"Milliseconds from a record's acknowledgement to its arrival in a batch, 1,000 records a second for {seconds:0} s, no lingering, `MaxDelay` zero, {bench.Ground.Broker}; {bench.Figures}, with the same settings of the client. The batches hold decoded rows, the consumer returns raw bytes. A record that arrives before its acknowledgement counts as 0.",
            ["reader", "p50", "p99", "largest"]);
        latency.Add("KafkaDatasets, `KafkaLiveDataset`", $"{live.Median:0.000}", $"{live.High:0.00}", $"{live.Most:0.00}");
        latency.Add("Confluent.Kafka `Consume` in a group", $"{consumer.Median:0.000}", $"{consumer.High:0.00}", $"{consumer.Most:0.00}");
        aims.AtMost("acknowledged → in a batch, p50", 5, " ms", live.Median);
        aims.AtMost("acknowledged → in a batch, p99", 20, " ms", live.High);
        aims.AtMost("acknowledged → in a batch, p50 against the consumer's own", 1, "×", live.Median / consumer.Median);
        aims.AtMost("acknowledged → in a batch, p99 against the consumer's own", 1, "×", live.High / consumer.High);
        return latency;
    }
}
