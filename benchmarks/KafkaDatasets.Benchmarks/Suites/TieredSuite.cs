using KafkaDatasets.Benchmarks.Contenders;
using KafkaDatasets.Benchmarks.Grounds;
using KafkaDatasets.Benchmarks.Measuring;
using KafkaDatasets.Benchmarks.Reports;
using KafkaDatasets.Benchmarks.Topics;

namespace KafkaDatasets.Benchmarks.Suites;

/// <summary>The same rows from a topic whose segments are in remote storage and from one whose are in the broker's log.</summary>
internal sealed class TieredSuite : ISuite
{
    private static readonly string[] Readers = ["tensors", "tensors-consumer", "consume"];

    public string Name => "tiered";

    public string Title => "Tiered storage";

    public string? Lacks(Ground ground) => ground.IsEmbedded || KafkaHome.FromEnvironment() is null ? "a broker with tiered storage, which it starts itself: set KAFKA_HOME" : null;

    public async Task<IReadOnlyList<ResultTable>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        long rows = bench.Rows(real: 2_000_000, embedded: 0, quick: 200_000);
        int segment = bench.Settings.Quick ? 1 << 20 : 4 << 20;
        (Ground ground, KafkaNode node) = await bench.Ground.StartTieredAsync(KafkaHome.FromEnvironment()!, cancellationToken);
        using (ground)
        {
            var shape = new TopicShape();
            using BenchmarkTopic local = await BenchmarkTopic.FillAsync(ground, shape, rows, cancellationToken);
            using BenchmarkTopic remote = await BenchmarkTopic.FillAsync(ground, shape with { Config = TieredStorage.TopicConfig(segment) }, rows, cancellationToken);
            await TieredStorage.WaitAsync(node, remote.Name, 3L * segment, cancellationToken);
            double sum = local.SumOfFirstFeature(rows);
            (Entry Local, Entry Remote)[] pairs =
                [.. Readers.Select(r => (new Entry(local.TaskFor(r, rows) with { Seconds = bench.Seconds }, sum), new Entry(remote.TaskFor(r, rows) with { Seconds = bench.Seconds }, sum)))];
            await Race.RunAsync(bench, [.. pairs.SelectMany(p => (Entry[])[p.Local, p.Remote])], cancellationToken);
            var table = new ResultTable(
                $"{rows:N0} rows of {RecordShape.Susy.Bytes} bytes, {ground.Broker}; {bench.Figures}. *Remote* is a topic with segments of {segment >> 20} MiB, of which all but the last of each partition are only in remote storage. *Local* is a topic in the broker's log.",
                ["reader", "remote, rows/s", "local, rows/s", "remote ÷ local", "remote, CPU ns/row", "local, CPU ns/row"]);
            foreach ((Entry near, Entry far) in pairs)
            {
                table.Add(
                    ContenderCatalog.Describe(near.Task.Contender),
                    $"{far.RowsPerSecond:N0}",
                    $"{near.RowsPerSecond:N0}",
                    $"{far.RowsPerSecond / near.RowsPerSecond:0.00}",
                    $"{far.ProcessorNanosecondsPerRow:N0}",
                    $"{near.ProcessorNanosecondsPerRow:N0}");
            }

            return [table];
        }
    }
}
