using KafkaDatasets.Benchmarks.Contenders;
using KafkaDatasets.Benchmarks.Grounds;
using KafkaDatasets.Benchmarks.Measuring;
using KafkaDatasets.Benchmarks.Reports;
using KafkaDatasets.Benchmarks.Topics;
using Spectre.Console;

namespace KafkaDatasets.Benchmarks.Suites;

/// <summary>What one pass costs that is not the tenth: in a new process, of a dataset that has just been opened, and what many datasets hold.</summary>
internal sealed class ProcessesSuite : ISuite
{
    private const int Views = 40;
    private static readonly string[] Readers = ["tensors", "view", "consume"];

    public string Name => "processes";

    public string Title => "First passes";

    public string? Lacks(Ground ground) => null;

    public async Task<IReadOnlyList<ResultTable>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        long rows = bench.Rows(real: 2_000_000, embedded: 300_000, quick: 60_000);
        using BenchmarkTopic topic = await BenchmarkTopic.FillAsync(bench.Ground, new TopicShape(), rows, cancellationToken);
        var aims = new AimTable();
        return
        [
            await FirstPassesAsync(bench, topic, rows, aims, cancellationToken),
            await ReopenedAsync(bench, topic, rows, aims, cancellationToken),
            await DroppedAsync(bench, topic, rows, aims, cancellationToken),
            aims,
        ];
    }

    private static async Task<ResultTable> FirstPassesAsync(Bench bench, BenchmarkTopic topic, long rows, AimTable aims, CancellationToken cancellationToken)
    {
        int rounds = bench.Settings.Quick ? 1 : Math.Max(5, bench.Rounds);
        var found = Readers.ToDictionary(r => r, _ => new List<FirstPass>());
        for (int round = 1; round <= rounds; round++)
        {
            foreach (string reader in Readers)
            {
                FirstPass pass = await FirstPassMeasurement.StartAsync(topic.TaskFor(reader, rows), cancellationToken);
                found[reader].Add(pass);
                AnsiConsole.WriteLine($"  {round}/{rounds} {reader,-17} {pass.Seconds:0.000} s, opening {pass.OpeningSeconds:0.000} s, CPU {pass.ProcessorSeconds:0.000} s, compiling {pass.CompilingSeconds:0.000} s, {pass.Methods} methods");
            }
        }

        var table = new ResultTable(
            $"Opening and the first pass over {rows:N0} rows of {RecordShape.Susy.Bytes} bytes in a new process, {bench.Ground.Broker}; medians of {rounds} alternating runs. The library is compiled beforehand, as in its package; CPU and compilation are the time of all threads.",
            ["reader", "seconds", "rows/s", "× `Consume`", "of it opening, s", "CPU, s", "compilation, s", "methods"]);
        double consume = found["consume"].Median(p => p.Seconds);
        foreach (string reader in Readers)
        {
            List<FirstPass> passes = found[reader];
            double seconds = passes.Median(p => p.Seconds);
            table.Add(
                ContenderCatalog.Describe(reader),
                $"{seconds:0.000}",
                $"{rows / seconds:N0}",
                $"{consume / seconds:0.00}",
                $"{passes.Median(p => p.OpeningSeconds):0.000}",
                $"{passes.Median(p => p.ProcessorSeconds):0.000}",
                $"{passes.Median(p => p.CompilingSeconds):0.000}",
                $"{passes.Median(p => p.Methods):N0}");
        }

        aims.AtLeast("tensor batches, a new process, opening and first pass, rows/s against `Consume`", 5, "×", consume / found["tensors"].Median(p => p.Seconds));
        return table;
    }

    private static async Task<ResultTable> ReopenedAsync(Bench bench, BenchmarkTopic topic, long rows, AimTable aims, CancellationToken cancellationToken)
    {
        Entry kept = new(topic.TaskFor("tensors", rows) with { Seconds = bench.Seconds });
        Entry reopened = new(topic.TaskFor("tensors-reopened", rows) with { Seconds = bench.Seconds });
        await Race.RunAsync(bench, [kept, reopened], cancellationToken);
        var table = new ResultTable(
            $"The same rows, from one dataset and from one that is opened for each pass; {bench.Figures}.",
            ["reader", "rows/s", "CPU ns/row", "allocated B/row", "peak MB"]);
        foreach (Entry entry in (Entry[])[kept, reopened])
        {
            table.Add(ContenderCatalog.Describe(entry.Task.Contender), $"{entry.RowsPerSecond:N0}", $"{entry.ProcessorNanosecondsPerRow:N0}", $"{entry.AllocatedBytesPerRow:0.##}", $"{entry.PeakMegabytes:N0}");
        }

        aims.AtLeast("dataset opened for each pass, rows/s against one that is kept", 0.85, "×", reopened.RowsPerSecond / kept.RowsPerSecond);
        aims.NoBytes("dataset opened for each pass, allocated per row", reopened.AllocatedBytesPerRow);
        return table;
    }

    private static async Task<ResultTable> DroppedAsync(Bench bench, BenchmarkTopic topic, long rows, AimTable aims, CancellationToken cancellationToken)
    {
        ContenderTask task = topic.TaskFor("view", Math.Min(rows, 500_000));
        int views = bench.Settings.Quick ? 4 : Views;
        double one = await DroppedViewsMeasurement.StartAsync(task, cancellationToken) / 1048576.0;
        double all = await DroppedViewsMeasurement.StartAsync(task with { AtOnce = views }, cancellationToken) / 1048576.0;
        var table = new ResultTable($"Views of {task.Rows:N0} rows opened, read and dropped in a row in one process, none of them disposed.", ["views", "peak MiB"]);
        table.Add("1", $"{one:N0}");
        table.Add($"{views}", $"{all:N0}");
        aims.AtMost($"{views} views opened, read and dropped, peak beyond that of one", 64, " MiB", all - one);
        return table;
    }
}
