using KafkaDatasets.Benchmarks.Contenders;
using KafkaDatasets.Benchmarks.Grounds;
using KafkaDatasets.Benchmarks.Measuring;
using KafkaDatasets.Benchmarks.Reports;
using KafkaDatasets.Benchmarks.Topics;
using Spectre.Console;

namespace KafkaDatasets.Benchmarks.Suites;

/// <summary>More rows, more readers, and how soon the first row is there.</summary>
internal sealed class ScalingSuite : ISuite
{
    public string Name => "scaling";

    public string Title => "Scaling";

    public string? Lacks(Ground ground) => ground.IsEmbedded ? "more rows than the embedded broker holds: set KAFKA_HOME or --bootstrap-servers" : null;

    public async Task<IReadOnlyList<ResultTable>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        long most = bench.Rows(real: 20_000_000, embedded: 0, quick: 200_000);
        using BenchmarkTopic topic = await BenchmarkTopic.FillAsync(bench.Ground, new TopicShape(), most, cancellationToken);
        var aims = new AimTable();
        return
        [
            await MoreRowsAsync(bench, topic, most, aims, cancellationToken),
            await MoreReadersAsync(bench, topic, most / 10, aims, cancellationToken),
            await FirstRowAsync(bench, topic, most / 10, aims, cancellationToken),
            aims,
        ];
    }

    private static async Task<ResultTable> MoreRowsAsync(Bench bench, BenchmarkTopic topic, long most, AimTable aims, CancellationToken cancellationToken)
    {
        AnsiConsole.WriteLine("  more rows");
        var table = new ResultTable(
            $"Increasing numbers of rows from one topic of 81-byte records, {bench.Ground.Broker}; medians of {bench.Rounds} passes, each after a warm-up pass.",
            ["reader", "rows", "seconds", "rows/s", "allocated B/row", "peak MB"]);
        (string Reader, long[] Rows)[] plan =
        [
            ("tensors", [most / 10, most * 3 / 10, most]),
            ("view", [most / 10, most * 3 / 10, most]),
            ("tensors-consumer", [most / 10, most * 3 / 10]),
        ];
        Dictionary<(string, long), Entry> entries = plan
            .SelectMany(p => p.Rows.Select(rows => (p.Reader, rows)))
            .ToDictionary(e => e, e => new Entry(topic.TaskFor(e.Reader, e.rows), topic.SumOfFirstFeature(e.rows)));
        await Race.RunAsync(bench, [.. entries.Values], cancellationToken);
        foreach (Entry entry in entries.Values)
        {
            table.Add(
                ContenderCatalog.Describe(entry.Task.Contender),
                $"{entry.Task.Rows:N0}",
                $"{entry.SecondsPerPass:0.000}",
                $"{entry.RowsPerSecond:N0}",
                $"{entry.AllocatedBytesPerRow:0.##}",
                $"{entry.PeakMegabytes:N0}");
        }

        foreach (string reader in (string[])["tensors", "view"])
        {
            (Entry few, Entry many) = (entries[(reader, most / 10)], entries[(reader, most)]);
            aims.AtMost($"{reader}: time of {most:N0} rows against ten times that of {most / 10:N0}", 1.1, "×", many.SecondsPerPass / few.SecondsPerPass / 10);
            aims.AtMost($"{reader}: peak memory of {most:N0} rows against that of {most / 10:N0}", 1.1, "×", many.PeakMegabytes / few.PeakMegabytes);
        }

        return table;
    }

    private static async Task<ResultTable> MoreReadersAsync(Bench bench, BenchmarkTopic topic, long rows, AimTable aims, CancellationToken cancellationToken)
    {
        AnsiConsole.WriteLine("  more readers");
        var table = new ResultTable(
            $"Several datasets over the same {rows:N0} rows, read at the same time in one process: tensor batches, {bench.Ground.Broker}; {bench.Figures}.",
            ["at once", "rows/s of all", "CPU ns/row", "peak MB"]);
        double sum = topic.SumOfFirstFeature(rows);
        Entry[] entries = [.. new[] { 1, 2, 4 }.Select(n => new Entry(topic.TaskFor("tensors", rows) with { AtOnce = n, Seconds = bench.Seconds }, sum))];
        await Race.RunAsync(bench, entries, cancellationToken);
        foreach (Entry entry in entries)
        {
            table.Add($"{entry.Task.AtOnce}", $"{entry.RowsPerSecond:N0}", $"{entry.ProcessorNanosecondsPerRow:N0}", $"{entry.PeakMegabytes:N0}");
        }

        foreach (Entry entry in entries.Skip(1))
        {
            aims.AtLeast($"{entry.Task.AtOnce} readers at once, rows/s of all against one", 1, "×", entry.RowsPerSecond / entries[0].RowsPerSecond);
        }

        return table;
    }

    private static async Task<ResultTable> FirstRowAsync(Bench bench, BenchmarkTopic topic, long rows, AimTable aims, CancellationToken cancellationToken)
    {
        AnsiConsole.WriteLine("  first row");
        var table = new ResultTable(
            $"Milliseconds from the start to the first batch or row, {bench.Ground.Broker}. *Cold* is the first time in a process, including compilation. The others are medians of twenty later times, each with new connections, metadata and schema. "
            + "The bare socket only connects and fetches.",
            ["reader", "cold", "warm", "of it opening", "of it first row"]);
        var times = new Dictionary<string, OpeningTimes>();
        foreach (string reader in (string[])["socket", "tensors", "view", "tensors-consumer", "consume"])
        {
            OpeningTimes found = await OpeningMeasurement.StartAsync(topic.TaskFor(reader, rows), cancellationToken);
            times.Add(reader, found);
            table.Add(ContenderCatalog.Describe(reader), $"{found.Cold:0.0}", $"{found.Warm:0.0}", $"{found.Open:0.0}", $"{found.FirstRow:0.0}");
        }

        aims.AtMost("first batch after open, over the bare socket", 50, " ms", times["tensors"].Warm - times["socket"].Warm);
        return table;
    }
}
