using KafkaDatasets.Benchmarks.Contenders;
using KafkaDatasets.Benchmarks.Grounds;
using KafkaDatasets.Benchmarks.Measuring;
using KafkaDatasets.Benchmarks.Reports;
using KafkaDatasets.Benchmarks.Topics;

namespace KafkaDatasets.Benchmarks.Suites;

/// <summary>The same topic by the broker's plain listener and by that with TLS and SASL.</summary>
internal sealed class TlsSuite : ISuite
{
    private static readonly string[] Readers = ["socket", "tensors", "tensors-consumer", "consume"];

    public string Name => "tls";

    public string Title => "TLS";

    public string? Lacks(Ground ground) => ground.Secure is null ? "a broker with a SASL_SSL listener, which it starts itself: set KAFKA_HOME" : null;

    public async Task<IReadOnlyList<ResultTable>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        long rows = bench.Rows(real: 2_000_000, embedded: 0, quick: 60_000);
        using BenchmarkTopic topic = await BenchmarkTopic.FillAsync(bench.Ground, new TopicShape(), rows, cancellationToken);
        double sum = topic.SumOfFirstFeature(rows);
        (string servers, Dictionary<string, string> config) = bench.Ground.Secure!.Value;
        var pairs = new List<(Entry Plain, Entry Tls)>();
        foreach (string reader in Readers)
        {
            ContenderTask task = topic.TaskFor(reader, rows) with { Seconds = bench.Seconds };
            pairs.Add((new Entry(task, sum), new Entry(task with { BootstrapServers = servers, ClientConfig = config }, sum)));
        }

        await Race.RunAsync(bench, [.. pairs.SelectMany(p => (Entry[])[p.Plain, p.Tls])], cancellationToken);
        var table = new ResultTable(
            $"{rows:N0} rows of {RecordShape.Susy.Bytes} bytes over SASL_SSL (PLAIN) and over PLAINTEXT, {bench.Ground.Broker}; {bench.Figures}.",
            ["reader", "TLS, rows/s", "× `Consume`", "plain, rows/s", "TLS ÷ plain", "TLS, CPU ns/row", "plain, CPU ns/row", "allocated B/row", "peak MB"]);
        foreach ((Entry plain, Entry tls) in pairs)
        {
            table.Add(
                ContenderCatalog.Describe(tls.Task.Contender),
                $"{tls.RowsPerSecond:N0}",
                $"{tls.RowsPerSecond / pairs[^1].Tls.RowsPerSecond:0.00}",
                $"{plain.RowsPerSecond:N0}",
                $"{tls.RowsPerSecond / plain.RowsPerSecond:0.00}",
                $"{tls.ProcessorNanosecondsPerRow:N0}",
                $"{plain.ProcessorNanosecondsPerRow:N0}",
                $"{tls.AllocatedBytesPerRow:0.##}",
                $"{tls.PeakMegabytes:N0}");
        }

        var aims = new AimTable();
        aims.AtLeast("tensor batches over TLS, rows/s against a bare TLS socket", 0.8, "×", Tls("tensors").RowsPerSecond / Tls("socket").RowsPerSecond);
        return [table, aims];

        Entry Tls(string reader) => pairs.Single(p => p.Tls.Task.Contender == reader).Tls;
    }
}
