using System.Diagnostics;
using KafkaDatasets.IntegrationTests.Cluster;
using KafkaDatasets.IntegrationTests.Pipeline;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Faults;

/// <summary>What only time shows.</summary>
public sealed class SoakTests(SharedKafka shared, MillionRows million) : IClassFixture<MillionRows>
{
    private const string Child = "KAFKADATASETS_SOAK";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>100 million rows by the passes of one dataset: the count is exact, and the last tenth is as fast as the first, in as much memory.</summary>
    [LongFact(Timeout = 3_600_000)]
    public async Task Hundred_million_rows()
    {
        const int passes = 100;
        await using KafkaDataset dataset = await KafkaDataset.OpenAsync(million.Topic, await million.OptionsAsync(FetchEngine.Direct), Cancelled);
        long rows = 0;
        var seconds = new List<double>();
        var heap = new List<double>();
        for (int pass = 0; pass < passes; pass++)
        {
            long start = Stopwatch.GetTimestamp();
            await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { BatchSize = 1000 }, Cancelled))
            {
                rows += batch.Rows;
                batch.Dispose();
            }

            seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            using Process process = Process.GetCurrentProcess();
            heap.Add(process.WorkingSet64 / 1e6);
        }

        string figures = $"{rows:N0} rows in {seconds.Sum():0.0} s; first tenth {seconds.Take(10).Median():0.000} s a million and {heap.Take(10).Median():0} MB, last tenth {seconds.TakeLast(10).Median():0.000} s and {heap.TakeLast(10).Median():0} MB";
        TestContext.Current.TestOutputHelper?.WriteLine(figures);
        Assert.Equal((long)passes * MillionRows.Count, rows);
        Assert.True(seconds.TakeLast(10).Median() < 1.5 * seconds.Take(10).Median(), figures);
        Assert.True(heap.TakeLast(10).Median() < heap.Take(10).Median() + 64, figures);
    }

    /// <summary>100 million rows (KAFKADATASETS_SOAK_ROWS: others) by one live read of a member of a group: every offset once, and the last tenth in as much memory as the first. Kafka's own tool has written them.</summary>
    [LongFact(Timeout = 3_600_000)]
    public async Task Hundred_million_rows_followed()
    {
        long count = long.TryParse(Environment.GetEnvironmentVariable("KAFKADATASETS_SOAK_ROWS"), out long given) ? given : 100_000_000;
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync(3);
        await SharedKafka.Home().RunToolAsync(
            "kafka-producer-perf-test",
            ["--topic", topic, "--num-records", $"{count}", "--record-size", $"{2 * sizeof(float)}", "--throughput", "-1", "--producer-props", $"bootstrap.servers={kafka.BootstrapServers}", "batch.size=200000", "linger.ms=20", "acks=1"],
            Cancelled);

        var options = new KafkaDatasetOptions { BootstrapServers = kafka.BootstrapServers, Format = RecordFormat.Float32(2) };
        await using KafkaLiveDataset live = await KafkaLiveDataset.JoinAsync(topic, options, new LiveOptions { GroupId = topic, StartAt = LiveStart.Earliest }, Cancelled);
        var next = new Dictionary<int, long>();
        var memory = new List<double>();
        long rows = 0, start = Stopwatch.GetTimestamp();
        await foreach (LiveBatch batch in live.ReadBatchesAsync(new LiveBatchOptions { BatchSize = 20_000, StopAt = StopAt.CaughtUp }, Cancelled))
        {
            using (batch)
            {
                await batch.CommitAsync(Cancelled); // a member remembers every batch that is not committed
                foreach (PartitionRange range in batch.Ranges)
                {
                    Assert.Equal(next.GetValueOrDefault(range.Partition), range.Start);
                    next[range.Partition] = range.End;
                }

                rows += batch.Rows;
                if (rows >= (memory.Count + 1) * count / 100)
                {
                    using Process process = Process.GetCurrentProcess();
                    memory.Add(process.WorkingSet64 / 1e6);
                }
            }
        }

        double[] tenths = [.. memory.Chunk(10).Select(tenth => tenth.Median())];
        string figures = $"{rows:N0} rows in {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s; MB in each tenth: {string.Join(", ", tenths.Select(t => $"{t:0}"))}";
        TestContext.Current.TestOutputHelper?.WriteLine(figures);
        Assert.Equal(count, rows);
        Assert.Equal(count, next.Values.Sum());
        Assert.True(tenths[9] < tenths[4] + 32, figures); // the first seconds fill the pools
    }

    /// <summary>Ten minutes (KAFKADATASETS_SOAK_SECONDS: others): this process writes, two others open what there is by now, again and again, and read it.</summary>
    [LongFact(Timeout = 1_500_000)]
    public async Task Two_processes_reading_and_one_writing()
    {
        int seconds = int.TryParse(Environment.GetEnvironmentVariable("KAFKADATASETS_SOAK_SECONDS"), out int given) ? given : 600;
        KafkaDriver kafka = await shared.KafkaAsync();
        FaultTopic topic = await FaultTopic.WriteAsync(kafka, 3000);
        Task<string>[] readers = [.. new[] { FetchEngine.Direct, FetchEngine.Consumer }.Select(engine => ProcessOutput.RunAsync(
            new ProcessStartInfo(Environment.ProcessPath!, [.. Self(), "-method", $"{typeof(SoakTests).FullName}.{nameof(Reader)}"])
            {
                Environment = { [Child] = $"{kafka.BootstrapServers} {topic} {engine} {seconds}" },
            },
            Cancelled))];
        long start = Stopwatch.GetTimestamp();
        int next = 3000;
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
        {
            await topic.AppendAsync(Enumerable.Range(next, 300).Select(i => (i % 3, i)));
            next += 300;
        }

        foreach (Task<string> reader in readers)
        {
            TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', (await reader).Split('\n').Where(l => l.Contains("passes"))));
        }
    }

    /// <summary>What the other processes of <see cref="Two_processes_reading_and_one_writing"/> run: row n of partition p is number 3 n + p.</summary>
    [LongFact(Timeout = 1_500_000)]
    public async Task Reader()
    {
        if (Environment.GetEnvironmentVariable(Child)?.Split(' ') is not [var servers, var topic, var engine, var seconds])
        {
            return;
        }

        using var kafka = new KafkaDriver(servers);
        long start = Stopwatch.GetTimestamp();
        int passes = 0;
        long rows = 0;
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < int.Parse(seconds))
        {
            await using KafkaDataset dataset = await KafkaDataset.OpenAsync(
                topic,
                new KafkaDatasetOptions
                {
                    BootstrapServers = servers,
                    Format = RecordFormat.Avro(Fetching.LogTopic.Schema),
                    Label = LabelColumn.Binary("label"),
                    Engine = Enum.Parse<FetchEngine>(engine),
                },
                Cancelled);
            long count = 0;
            long[] next = new long[3];
            await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { BatchSize = 500 }, Cancelled))
            {
                using (batch)
                {
                    for (int row = 0; row < batch.Rows; row++)
                    {
                        int partition = batch.Partitions[row];
                        Assert.Equal(next[partition]++, batch.Offsets[row]);
                        Assert.Equal((3 * batch.Offsets[row]) + partition, batch.Features[row, 0]);
                    }

                    count += batch.Rows;
                }
            }

            Assert.Equal(dataset.Snapshot.Length, count);
            rows += count;
            passes++;
        }

        Console.WriteLine($"{engine}: {passes} passes, {rows} rows, all exact");
    }

    /// <summary>The arguments that start this very program, where it is run by another.</summary>
    private static string[] Self() => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(SoakTests).Assembly.Location] : [];
}
