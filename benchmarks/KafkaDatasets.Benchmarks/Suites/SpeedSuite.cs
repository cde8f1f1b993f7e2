using KafkaDatasets.Benchmarks.Contenders;
using KafkaDatasets.Benchmarks.Grounds;
using KafkaDatasets.Benchmarks.Measuring;
using KafkaDatasets.Benchmarks.Reports;
using KafkaDatasets.Benchmarks.Topics;

namespace KafkaDatasets.Benchmarks.Suites;

/// <summary>Everything that reads SUSY rows, from the topic or from a copy of it in a file.</summary>
internal sealed class SpeedSuite : ISuite
{
    private static readonly string[] OfTopic = ["socket", "tensors", "view", "tensors-consumer", "view-consumer", "consume"];

    /// <summary>These read a tenth of the rows, which does not change their rate.</summary>
    private static readonly string[] OfTopicSlowly = ["generic", "generated"];

    private static readonly string[] OfFiles = ["binary", "parquet", "text"];

    public static IReadOnlyList<string> Names { get; } = [.. OfTopic, .. OfTopicSlowly, .. OfFiles];

    public string Name => "speed";

    public string Title => "Speed";

    public string? Lacks(Ground ground) => null;

    public async Task<IReadOnlyList<ResultTable>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        long rows = bench.Rows(real: 2_000_000, embedded: 300_000, quick: 60_000);
        long fewRows = Math.Max(rows / 10, Math.Min(rows, 20_000));
        var shape = new TopicShape();
        using BenchmarkTopic topic = await BenchmarkTopic.FillAsync(bench.Ground, shape, rows, cancellationToken);
        string folder = Directory.CreateTempSubdirectory("kafkadatasets-files-").FullName;
        try
        {
            IReadOnlyList<string> readers = Names.Intersect(bench.Settings.Only).ToArray() is { Length: > 0 } chosen ? chosen : Names;
            if (readers.Intersect(OfFiles).Any())
            {
                await LocalFiles.WriteAsync(folder, new PartitionRows(rows, shape.Partitions), cancellationToken);
            }

            double sum = topic.SumOfFirstFeature(rows);
            double sumOfFew = topic.SumOfFirstFeature(fewRows);
            var entries = readers.ToDictionary(
                reader => reader,
                reader => OfTopicSlowly.Contains(reader)
                    ? new Entry(topic.TaskFor(reader, fewRows) with { Seconds = bench.Seconds }, sumOfFew)
                    : new Entry(topic.TaskFor(reader, rows) with { Folder = folder, Seconds = bench.Seconds }, sum));
            await Race.RunAsync(bench, [.. entries.Values], cancellationToken);
            if (bench.Settings.Plot is { } file)
            {
                SpeedPlot.Save(file, "SUSY rows read per second, millions", entries.Values.Select(e => (ContenderCatalog.Describe(e.Task.Contender), e.RowsPerSecond)));
            }

            return [Table(bench, entries, rows, fewRows), Aims(entries)];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static ResultTable Table(Bench bench, Dictionary<string, Entry> entries, long rows, long fewRows)
    {
        var table = new ResultTable(
            $"{rows:N0} rows of {RecordShape.Susy.Bytes} bytes (19 Avro floats, snappy), 6 partitions, {bench.Ground.Broker}. The files hold the same rows and are in the page cache. "
            + $"Figures: {bench.Figures}; every run is in a process of its own and at least {bench.Seconds} s long, after warm-up passes. The two deserializers read the first {fewRows:N0} rows. "
            + "CPU is the time of all threads of the process. Allocated is the managed memory allocated per row in the middle half of a pass.",
            ["reader", "rows/s", "× `Consume`", "CPU ns/row", "allocated B/row", "peak MB"]);
        double? baseline = entries.GetValueOrDefault("consume")?.RowsPerSecond;
        foreach (Entry entry in entries.Values)
        {
            table.Add(
                ContenderCatalog.Describe(entry.Task.Contender),
                $"{entry.RowsPerSecond:N0}",
                baseline is { } b ? $"{entry.RowsPerSecond / b:0.00}" : "",
                $"{entry.ProcessorNanosecondsPerRow:N0}",
                $"{entry.AllocatedBytesPerRow:0.##}",
                $"{entry.PeakMegabytes:N0}");
        }

        return table;
    }

    private static AimTable Aims(Dictionary<string, Entry> entries)
    {
        var aims = new AimTable();
        aims.AtLeast("tensor batches, rows/s against `Consume` of raw bytes", 5, "×", Rate("tensors") / Rate("consume"));
        aims.AtMost("tensor batches, CPU per row against `Consume` of raw bytes", 0.125, "×", Cost("tensors") / Cost("consume"));
        aims.AtLeast("tensor batches, rows/s against the better of the deserializers", 60, "×", Rate("tensors") / Better(Rate("generic"), Rate("generated")));
        aims.AtLeast("tensor batches, rows/s against the bare socket", 0.33, "×", Rate("tensors") / Rate("socket"));
        aims.AtLeast("cursor, rows/s against `TextLoader`", 10, "×", Rate("view") / Rate("text"));
        aims.AtLeast("cursor, rows/s against `BinaryLoader`", 1, "×", Rate("view") / Rate("binary"));
        aims.AtLeast("tensor batches, rows/s against Parquet.Net", 2, "×", Rate("tensors") / Rate("parquet"));
        aims.AtMost("tensor batches, CPU per row", 100, " ns", Cost("tensors"));
        aims.AtMost("tensor batches, CPU per row against the bare socket", 6, "×", Cost("tensors") / Cost("socket"));
        aims.NoBytes("tensor batches, allocated per row", Allocated("tensors"));
        aims.NoBytes("cursor, allocated per row", Allocated("view"));
        return aims;

        double? Rate(string name) => entries.GetValueOrDefault(name)?.RowsPerSecond;
        double? Cost(string name) => entries.GetValueOrDefault(name)?.ProcessorNanosecondsPerRow;
        double? Allocated(string name) => entries.GetValueOrDefault(name)?.AllocatedBytesPerRow;
        static double? Better(double? a, double? b) => a > b ? a : b;
    }
}
