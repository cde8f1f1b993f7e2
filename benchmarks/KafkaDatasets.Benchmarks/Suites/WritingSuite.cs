using KafkaDatasets.Benchmarks.Contenders;
using KafkaDatasets.Benchmarks.Grounds;
using KafkaDatasets.Benchmarks.Measuring;
using KafkaDatasets.Benchmarks.Reports;
using KafkaDatasets.Benchmarks.Topics;

namespace KafkaDatasets.Benchmarks.Suites;

/// <summary>SUSY rows to a topic.</summary>
internal sealed class WritingSuite : ISuite
{
    private static readonly string[] Writers = ["save", "records", "serializer"];

    public string Name => "writing";

    public string Title => "Writing";

    public string? Lacks(Ground ground) => ground.IsEmbedded ? "more rows than the embedded broker holds: set KAFKA_HOME or --bootstrap-servers" : null;

    public async Task<IReadOnlyList<ResultTable>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        long rows = bench.Rows(real: 1_000_000, embedded: 0, quick: 20_000);
        var topics = new List<BenchmarkTopic>();
        try
        {
            var entries = new List<Entry>();
            foreach (string writer in Writers)
            {
                topics.Add(await BenchmarkTopic.CreateAsync(bench.Ground, new TopicShape()));
                entries.Add(new Entry(topics[^1].TaskFor(writer, rows) with { Seconds = bench.Seconds }));
            }

            await Race.RunAsync(bench, entries, cancellationToken);
            foreach ((BenchmarkTopic topic, Entry entry) in topics.Zip(entries))
            {
                topic.ThrowUnlessHolds(entry.AllRows);
            }

            return [Table(bench, entries, rows), Aims(entries)];
        }
        finally
        {
            topics.ForEach(t => t.Dispose());
        }
    }

    private static ResultTable Table(Bench bench, List<Entry> entries, long rows)
    {
        var table = new ResultTable(
            $"Each pass writes {rows:N0} SUSY rows from memory to a topic of 6 partitions, until all are acknowledged: snappy, `linger.ms=500`, `batch.size=2000000`, `acks=all`, idempotent, a queue of 64 MB; {bench.Ground.Broker}. "
            + $"Figures: {bench.Figures}; every run is in a process of its own and at least {bench.Seconds} s long, after warm-up passes.",
            ["writer", "rows/s", "× `AvroSerializer`", "CPU ns/row", "allocated B/row", "peak MB"]);
        foreach (Entry entry in entries)
        {
            table.Add(
                ContenderCatalog.Describe(entry.Task.Contender),
                $"{entry.RowsPerSecond:N0}",
                $"{entry.RowsPerSecond / entries[^1].RowsPerSecond:0.00}",
                $"{entry.ProcessorNanosecondsPerRow:N0}",
                $"{entry.AllocatedBytesPerRow:0.##}",
                $"{entry.PeakMegabytes:N0}");
        }

        return table;
    }

    private static AimTable Aims(List<Entry> entries)
    {
        var aims = new AimTable();
        aims.AtLeast("`SaveToKafka`, rows/s against `AvroSerializer`", 2, "×", entries[0].RowsPerSecond / entries[^1].RowsPerSecond);
        return aims;
    }
}
