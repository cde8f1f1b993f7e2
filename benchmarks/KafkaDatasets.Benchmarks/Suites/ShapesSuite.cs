using Confluent.Kafka;
using KafkaDatasets.Benchmarks.Grounds;
using KafkaDatasets.Benchmarks.Measuring;
using KafkaDatasets.Benchmarks.Reports;
using KafkaDatasets.Benchmarks.Topics;
using Spectre.Console;

namespace KafkaDatasets.Benchmarks.Suites;

/// <summary>Topics of every kind, by both engines and by Confluent.Kafka: nowhere may the direct engine be the slower one.</summary>
internal sealed class ShapesSuite : ISuite
{
    private const string Snappy = "81 B, snappy, 6 partitions";
    private const string ManyPartitions = "64 partitions";
    private const string TenRecords = "batches of 10 records";
    private const string OneRecord = "batches of 1 record";
    private const string Tiny = "tiny records, 16 B";
    private static readonly string[] Readers = ["tensors", "tensors-consumer", "consume"];

    /// <summary>The topics that can be read alone.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Topics(0).Select(t => t.Key)];

    public string Name => "shapes";

    public string Title => "Shapes of topics";

    public string? Lacks(Ground ground) => null;

    public async Task<IReadOnlyList<ResultTable>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        long rows = bench.Rows(real: 2_000_000, embedded: 20_000, quick: 10_000);
        var table = new ResultTable(
            $"{bench.Ground.Broker}; {bench.Figures}. The table gives rows/s of KafkaDatasets' tensor batches with its two engines, *direct* and *consumer*, and of Confluent.Kafka's `Consume` of raw bytes. CPU is in ns per row.",
            ["topic", "rows", "direct", "consumer", "`Consume`", "direct ÷ consumer", "direct ÷ `Consume`", "direct, MB/s", "CPU: direct", "consumer", "`Consume`"]);
        var rates = new Dictionary<string, (double Direct, double Raw)>();
        double least = double.PositiveInfinity;
        string[] topics = Names.Intersect(bench.Settings.Only).ToArray() is { Length: > 0 } chosen ? chosen : [.. Names];
        foreach ((string key, string name, TopicShape shape, long count) in Topics(rows))
        {
            if (!topics.Contains(key))
            {
                continue;
            }

            AnsiConsole.WriteLine($"  {name}, {count:N0} rows");
            using BenchmarkTopic topic = await BenchmarkTopic.FillAsync(bench.Ground, shape, count, cancellationToken);
            double sum = topic.SumOfFirstFeature(count);
            Entry[] entries = [.. Readers.Select(r => new Entry(topic.TaskFor(r, count) with { Seconds = bench.Seconds }, sum))];
            await Race.RunAsync(bench, entries, cancellationToken);
            (Entry direct, Entry consumer, Entry raw) = (entries[0], entries[1], entries[2]);
            rates.Add(name, (direct.RowsPerSecond, raw.RowsPerSecond));
            least = Math.Min(least, direct.RowsPerSecond / consumer.RowsPerSecond);
            table.Add(
                name,
                $"{count:N0}",
                $"{direct.RowsPerSecond:N0}",
                $"{consumer.RowsPerSecond:N0}",
                $"{raw.RowsPerSecond:N0}",
                $"{direct.RowsPerSecond / consumer.RowsPerSecond:0.00}",
                $"{direct.RowsPerSecond / raw.RowsPerSecond:0.00}",
                $"{direct.RowsPerSecond * shape.Records.Bytes / 1e6:N0}",
                $"{direct.ProcessorNanosecondsPerRow:N0}",
                $"{consumer.ProcessorNanosecondsPerRow:N0}",
                $"{raw.ProcessorNanosecondsPerRow:N0}");
        }

        var aims = new AimTable();
        aims.AtLeast("the direct engine against the consumer engine, least of all topics", 1, "×", least);
        foreach ((string codec, double reach) in (ReadOnlySpan<(string, double)>)[("lz4", 0.9), ("zstd", 0.6)])
        {
            if (!rates.ContainsKey(codec) || !rates.ContainsKey(Snappy))
            {
                continue;
            }

            aims.AtLeast($"{codec}, tensor batches, rows/s against the same in snappy", reach, "×", rates[codec].Direct / rates[Snappy].Direct);
        }

        foreach (string topic in (ReadOnlySpan<string>)[ManyPartitions, TenRecords, OneRecord, Tiny])
        {
            if (!rates.ContainsKey(topic))
            {
                continue;
            }

            aims.AtLeast($"{topic}, tensor batches, rows/s against `Consume` of raw bytes", 6, "×", rates[topic].Direct / rates[topic].Raw);
        }

        return [table, aims];
    }

    /// <summary>Every topic, with so many rows that a pass takes far longer than to begin and to end one.</summary>
    private static IEnumerable<(string Key, string Name, TopicShape Shape, long Rows)> Topics(long rows)
    {
        yield return ("snappy", Snappy, new TopicShape(), rows);
        yield return ("1-partition", "1 partition", new TopicShape { Partitions = 1 }, rows);
        yield return ("64-partitions", ManyPartitions, new TopicShape { Partitions = 64 }, rows * 2);
        yield return ("uncompressed", "no compression", new TopicShape { Compression = CompressionType.None }, rows);
        yield return ("gzip", "gzip", new TopicShape { Compression = CompressionType.Gzip }, rows);
        yield return ("lz4", "lz4", new TopicShape { Compression = CompressionType.Lz4 }, rows);
        yield return ("zstd", "zstd", new TopicShape { Compression = CompressionType.Zstd }, rows);
        yield return ("10-records", TenRecords, new TopicShape { BatchRecords = 10 }, rows);
        yield return ("1-record", OneRecord, new TopicShape { BatchRecords = 1 }, rows / 4);
        yield return ("tiny", Tiny, new TopicShape { Records = RecordShape.Tiny }, rows * 4);
        yield return ("large", "large records, 100 kB", new TopicShape { Records = RecordShape.Large }, Math.Max(60, rows / 800));
    }
}
