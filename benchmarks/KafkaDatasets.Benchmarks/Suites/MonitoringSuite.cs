using System.Diagnostics;
using System.Runtime.InteropServices;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KafkaDatasets.Benchmarks.Grounds;
using KafkaDatasets.Benchmarks.Reports;
using KafkaDatasets.Benchmarks.Topics;

namespace KafkaDatasets.Benchmarks.Suites;

/// <summary>Profiles a wide topic, and compares it with a reference.</summary>
internal sealed class MonitoringSuite : ISuite
{
    private const int Columns = 100;
    private const int Partitions = 6;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public string Name => "monitoring";

    public string Title => "Monitoring";

    public string? Lacks(Ground ground) => null;

    public async Task<IReadOnlyList<ResultTable>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        long rows = bench.Rows(real: 3_000_000, embedded: 60_000, quick: 20_000);
        string topic = $"kafkadatasets-benchmark-{Guid.NewGuid():N}";
        using IAdminClient admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = bench.Ground.BootstrapServers }).SetLogHandler((_, _) => { }).Build();
        if (bench.Ground.Embedded is { } embedded)
        {
            embedded.CreateTopic(topic, Partitions);
        }
        else
        {
            await admin.CreateTopicsAsync([new TopicSpecification { Name = topic, NumPartitions = Partitions, ReplicationFactor = 1 }]);
        }

        try
        {
            await Task.Run(() => Produce(bench.Ground.BootstrapServers, topic, rows, cancellationToken), cancellationToken);
            return await MeasureAsync(bench, topic, rows, cancellationToken);
        }
        finally
        {
            if (!bench.Ground.IsEmbedded)
            {
                await admin.DeleteTopicsAsync([topic]).WaitAsync(Patience, CancellationToken.None);
            }
        }
    }

    private static async Task<IReadOnlyList<ResultTable>> MeasureAsync(Bench bench, string topic, long rows, CancellationToken cancellationToken)
    {
        var options = new KafkaDatasetOptions
        {
            BootstrapServers = bench.Ground.BootstrapServers,
            Format = RecordFormat.Float32([.. Enumerable.Range(0, Columns).Select(i => $"c{i}")]),
        };
        await using KafkaDataset dataset = await KafkaDataset.OpenAsync(topic, options, cancellationToken);
        ReferenceProfile reference = await ReferenceProfile.CreateAsync(dataset, cancellationToken); // which also warms up
        var profiling = new List<double>();
        var comparing = new List<double>();
        var processor = new List<double>();
        for (int round = 0; round < bench.Rounds; round++)
        {
            TimeSpan before = Environment.CpuUsage.TotalTime;
            long started = Stopwatch.GetTimestamp();
            ReferenceProfile current = await ReferenceProfile.CreateAsync(dataset, cancellationToken);
            profiling.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
            started = Stopwatch.GetTimestamp();
            ProfileComparison comparison = reference.CompareTo(current);
            comparing.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
            processor.Add((Environment.CpuUsage.TotalTime - before).TotalSeconds);
            if (current.Rows != rows || comparison.IsDrifted)
            {
                throw new InvalidOperationException($"{current.Rows:N0} of {rows:N0} rows were profiled, and {comparison.Drifted.Count} columns of the same rows have drifted.");
            }
        }

        var table = new ResultTable(
            $"{rows:N0} rows of {Columns} columns of 32-bit floating-point numbers, {bench.Ground.Broker}: read from the topic, profiled, and compared with a reference profile; medians of {bench.Rounds} rounds. The broker shares the cores. CPU is of all threads of the process.",
            ["what", "seconds", "rows/s", "CPU ns/value"]);
        double seconds = Median(profiling);
        table.Add("read and profile", $"{seconds:0.000}", $"{rows / seconds:N0}", $"{Median(processor) * 1e9 / rows / Columns:0.0}");
        table.Add("compare", $"{Median(comparing):0.000}", "", "");
        table.Add($"the profile as JSON: {reference.ToJson().Length / 1024:N0} KiB", "", "", "");
        var aims = new AimTable();
        aims.AtMost($"profile and compare {rows:N0} rows × {Columns} columns", 5, " s", seconds + Median(comparing));
        return [table, aims];
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static void Produce(string bootstrapServers, string topic, long rows, CancellationToken cancellationToken)
    {
        // Each row is a window of one long list of normally distributed numbers, so that making rows takes no time.
        var random = new Random(1);
        float[] normal = [.. Enumerable.Range(0, 1 << 20).Select(_ => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
        var config = new ProducerConfig { BootstrapServers = bootstrapServers, LingerMs = 100, BatchSize = 1_000_000, BatchNumMessages = 100_000, EnableDeliveryReports = false, CompressionType = CompressionType.None };
        using IProducer<Null, byte[]> producer = new ProducerBuilder<Null, byte[]>(config).SetLogHandler((_, _) => { }).Build();
        var message = new Message<Null, byte[]> { Value = new byte[Columns * sizeof(float)] };
        for (long row = 0; row < rows; row++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            MemoryMarshal.AsBytes(normal.AsSpan(random.Next(normal.Length - Columns), Columns)).CopyTo(message.Value);
            producer.ProduceOrWait(new TopicPartition(topic, (int)(row / 1024 % Partitions)), message);
        }

        producer.Flush(Patience);
    }
}
