using KafkaDatasets.Benchmarks.Readers;
using Spectre.Console;

namespace KafkaDatasets.Benchmarks;

/// <summary>One run: a broker, a topic, and every reader on it in turn.</summary>
internal static class BenchmarkRun
{
    public static async Task<int> RunAsync(BenchmarkSettings settings, CancellationToken cancellationToken)
    {
        using Ground ground = await Ground.StartAsync(settings, cancellationToken);
        if (settings.Memory && ground.IsEmbedded)
        {
            AnsiConsole.WriteLine("--memory needs more rows than the embedded broker holds: set KAFKA_HOME or --bootstrap-servers.");
            return 1;
        }

        long rows = settings.Rows ?? (settings.Quick, settings.Memory, ground.IsEmbedded) switch
        {
            (true, true, _) => 500_000,
            (true, _, _) => 60_000,
            (_, true, _) => 10_000_000,
            (_, _, true) => 300_000,
            _ => 3_000_000,
        };
        AnsiConsole.WriteLine($"Filling a topic of {settings.Partitions} partitions with {rows:N0} rows on {ground.Broker} …");
        using SusyTopic topic = await SusyTopic.FillAsync(ground, settings.Partitions, rows, cancellationToken);
        ReadTask task = new()
        {
            Reader = "",
            BootstrapServers = ground.BootstrapServers,
            SchemaRegistryUrl = ground.SchemaRegistryUrl,
            Topic = topic.Name,
            Partitions = settings.Partitions,
            Rows = rows,
            WarmsUp = true,
            Passes = settings.Passes ?? (settings.Quick ? 1 : ground.IsEmbedded ? 10 : 2),
        };
        ResultTable table = settings.Memory
            ? await MemoryAsync(settings, ground, task, cancellationToken)
            : await SpeedAsync(settings, ground, task, cancellationToken);
        table.Write(AnsiConsole.Console);
        if (settings.Markdown is { } file)
        {
            await File.AppendAllTextAsync(file, table.ToMarkdown(), cancellationToken);
        }

        return 0;
    }

    private static async Task<ResultTable> SpeedAsync(BenchmarkSettings settings, Ground ground, ReadTask task, CancellationToken cancellationToken)
    {
        int rounds = settings.Rounds ?? (settings.Quick ? 1 : 5);
        var results = settings.Readers.ToDictionary(r => r, _ => new List<Measurement>());
        for (int round = 1; round <= rounds; round++)
        {
            foreach (string reader in settings.Readers)
            {
                Measurement measurement = await MeasuredProcess.StartAsync(task with { Reader = reader }, cancellationToken);
                results[reader].Add(measurement);
                AnsiConsole.WriteLine($"round {round}/{rounds} {reader,-16} {measurement.RowsPerSecond,12:N0} rows/s {measurement.ProcessorNanosecondsPerRow,8:N0} ns/row");
            }
        }

        CheckSums(results);
        double? baseline = results.TryGetValue(ReaderCatalog.Baseline, out List<Measurement>? raw) ? Median(raw, m => m.RowsPerSecond) : null;
        var table = new ResultTable(
            "Speed",
            $"{task.Rows:N0} rows of {SusyTopic.RecordBytes} bytes (19 Avro floats, snappy), {task.Partitions} partitions, {ground.Broker}; medians of {rounds} runs of {task.Passes} passes, each run in a process of its own after a pass that warms up.",
            ["reader", "rows/s", "× Consume", "CPU ns/row", "allocated B/row", "peak MB"]);
        foreach ((string reader, List<Measurement> all) in results)
        {
            double rate = Median(all, m => m.RowsPerSecond);
            table.Add(
                ReaderCatalog.Describe(reader),
                $"{rate:N0}",
                baseline is { } b ? $"{rate / b:0.00}" : "",
                $"{Median(all, m => m.ProcessorNanosecondsPerRow):N0}",
                $"{Median(all, m => m.AllocatedBytesPerRow):N2}",
                $"{Median(all, m => m.PeakResidentBytes) / 1e6:N0}");
        }

        return table;
    }

    private static async Task<ResultTable> MemoryAsync(BenchmarkSettings settings, Ground ground, ReadTask task, CancellationToken cancellationToken)
    {
        var table = new ResultTable(
            "Memory",
            $"Peak resident size of a process that reads so many rows once; {ground.Broker}.",
            ["reader", $"{task.Rows / 10:N0} rows, MB", $"{task.Rows:N0} rows, MB", "ratio"]);
        foreach (string reader in settings.Readers)
        {
            ReadTask single = task with { Reader = reader, WarmsUp = false, Passes = 1 };
            Measurement few = await MeasuredProcess.StartAsync(single with { Rows = task.Rows / 10 }, cancellationToken);
            Measurement many = await MeasuredProcess.StartAsync(single, cancellationToken);
            table.Add(
                ReaderCatalog.Describe(reader),
                $"{few.PeakResidentBytes / 1e6:N0}",
                $"{many.PeakResidentBytes / 1e6:N0}",
                $"{(double)many.PeakResidentBytes / few.PeakResidentBytes:0.00}");
        }

        return table;
    }

    /// <summary>Every reader must have seen the same rows; they add them up in different orders.</summary>
    private static void CheckSums(Dictionary<string, List<Measurement>> results)
    {
        double expected = results.Values.First()[0].Sum;
        foreach ((string reader, List<Measurement> all) in results)
        {
            if (all.FirstOrDefault(m => Math.Abs(m.Sum - expected) > 1e-6 * Math.Max(1, m.Rows)) is { } wrong)
            {
                throw new InvalidOperationException($"{reader} read other values: they add up to {wrong.Sum}, not {expected}.");
            }
        }
    }

    private static double Median(IEnumerable<Measurement> measurements, Func<Measurement, double> value)
    {
        double[] sorted = [.. measurements.Select(value).Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
