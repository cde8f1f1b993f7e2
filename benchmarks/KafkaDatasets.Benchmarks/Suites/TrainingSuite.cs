using System.Diagnostics;
using Confluent.SchemaRegistry;
using KafkaDatasets.Benchmarks.Contenders;
using KafkaDatasets.Benchmarks.Grounds;
using KafkaDatasets.Benchmarks.Measuring;
using KafkaDatasets.Benchmarks.Reports;
using KafkaDatasets.Benchmarks.Topics;

namespace KafkaDatasets.Benchmarks.Suites;

/// <summary>What training in a shuffled order costs and is worth: speed, the cost of resuming, and the quality of the shuffle.</summary>
internal sealed class TrainingSuite : ISuite
{
    /// <summary>How often each is resumed: a multiple of three, since they come in every order.</summary>
    private const int Resumes = 45;

    private const string Resuming = "resume";
    private const string Sequential = "tensors";
    private const string Shuffled = "tensors-shuffled";
    private const string Cached = "tensors-cached";
    private const string CachedShuffled = "tensors-cached-shuffled";
    private const string Stopped = "tensors-cached-stopped";
    private const string Parquet = "parquet";
    private const string Perceptron = "perceptron";
    private const string PerceptronShuffled = "perceptron-shuffled";
    private const string PerceptronPool = "perceptron-pool";

    /// <summary>The readers that can be run without the others, which take minutes on long topics.</summary>
    private static readonly string[] Compared = [Sequential, Shuffled, Cached, CachedShuffled, Parquet, Perceptron, PerceptronShuffled, PerceptronPool];

    /// <summary>The parts that can be run alone.</summary>
    public static IReadOnlyList<string> Names { get; } = [Resuming, .. Compared];

    public string Name => "training";

    public string Title => "Training";

    public string? Lacks(Ground ground) => null;

    public async Task<IReadOnlyList<ResultTable>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        long rows = bench.Rows(real: 3_000_000, embedded: 300_000, quick: 60_000);
        using BenchmarkTopic topic = await BenchmarkTopic.FillAsync(bench.Ground, new TopicShape(), rows, cancellationToken);
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = bench.Ground.SchemaRegistryUrl });
        if (bench.Settings.Only.Contains(Resuming))
        {
            await using KafkaDataset alone = await OpenAsync(topic, rows, registry, cancellationToken);
            (ResultTable table, double late) = await ResumeAsync(alone, rows, cancellationToken);
            return [table, ResumingAim(new AimTable(), late)];
        }

        double sum = topic.SumOfFirstFeature(rows);
        string[] readers = bench.Ground.IsEmbedded ? [Sequential, Shuffled] : [.. Compared, "tensors-consumer", "tensors-shuffled-consumer"];
        if (bench.Settings.Only.Intersect(Compared).Any())
        {
            readers = [.. readers.Intersect(bench.Settings.Only)];
        }

        string folder = Directory.CreateTempSubdirectory("kafkadatasets-benchmark-").FullName;
        var entries = readers.ToDictionary(r => r, r => new Entry(topic.TaskFor(r, rows) with { Folder = folder, Seconds = bench.Seconds }, r == Parquet ? null : sum));
        try
        {
            if (entries.ContainsKey(Parquet))
            {
                await LocalFiles.WriteAsync(folder, new PartitionRows(rows, new TopicShape().Partitions), cancellationToken);
            }

            await Race.RunAsync(bench, [.. entries.Values], cancellationToken);
            if (entries.ContainsKey(Cached) && bench.Ground.CanStopBroker)
            {
                await using (KafkaDataset open = await OpenAsync(topic, rows, registry, cancellationToken))
                {
                    await File.WriteAllTextAsync(TensorReader.SnapshotFile(folder), open.Snapshot.ToJson(), cancellationToken);
                }

                entries.Add(Stopped, new Entry(topic.TaskFor(Stopped, rows) with { Folder = folder, Seconds = bench.Seconds }, sum));
                await bench.Ground.WithoutBrokerAsync(() => Race.RunAsync(bench, [entries[Stopped]], cancellationToken), cancellationToken);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        var speed = new ResultTable(
            $"{rows:N0} rows of {RecordShape.Susy.Bytes} bytes, 6 partitions, {bench.Ground.Broker}; {bench.Figures}.",
            ["reader", "rows/s", "CPU ns/row", "peak MB"]);
        foreach (Entry entry in entries.Values)
        {
            speed.Add(ContenderCatalog.Describe(entry.Task.Contender), $"{entry.RowsPerSecond:N0}", $"{entry.ProcessorNanosecondsPerRow:N0}", $"{entry.PeakMegabytes:N0}");
        }

        await using KafkaDataset dataset = await OpenAsync(topic, rows, registry, cancellationToken);
        (ResultTable resuming, double worst) = await ResumeAsync(dataset, rows, cancellationToken);
        ShuffleQuality quality = await ShuffleQuality.MeasureAsync(dataset, cancellationToken);
        var worth = new ResultTable(
            "The distances in canonical order between rows that follow each other in a shuffled pass, in 1,024 bins, against a full permutation; and a logistic regression by SGD on rows sorted by their label, one pass, tested on rows that it has not seen.",
            ["order", "entropy, bits", "AUC", "log loss"]);
        worth.Add("canonical", $"{quality.CanonicalEntropy:0.000}", $"{quality.Sorted.Auc:0.0000}", $"{quality.Sorted.LogLoss:0.0000}");
        worth.Add("`Shuffle.Seeded`", $"{quality.Entropy:0.000}", $"{quality.Shuffled.Auc:0.0000}", $"{quality.Shuffled.LogLoss:0.0000}");
        worth.Add("full permutation", $"{quality.FullEntropy:0.000}", $"{quality.Full.Auc:0.0000}", $"{quality.Full.LogLoss:0.0000}");

        var aims = new AimTable();
        Compare("shuffled rows/s against sequential", 0.8, Shuffled, Sequential);
        Compare("rows/s from the cache against the broker", 1, Cached, Sequential);
        Compare("rows/s from the cache, broker stopped, against the broker", 1, Stopped, Sequential);
        Compare("rows/s from the cache against Parquet.Net", 2, Cached, Parquet);
        Compare("ML.NET's trainer, shuffled by the view against behind `ShuffleRows`, rows/s", 1, PerceptronShuffled, PerceptronPool);
        ResumingAim(aims, worst);
        aims.AtLeast("entropy against a full permutation", 0.99, "×", quality.Entropy / quality.FullEntropy);
        aims.AtLeast("log loss in the log's own order above that of a full permutation", 0.1, "", quality.Sorted.LogLoss - quality.Full.LogLoss);
        aims.AtMost("AUC below that of a full permutation", 0.002, "", Math.Max(0, quality.Full.Auc - quality.Shuffled.Auc));
        return [speed, resuming, worth, aims];

        void Compare(string measure, double reach, string reader, string against)
        {
            if (entries.TryGetValue(reader, out Entry? one) && entries.TryGetValue(against, out Entry? other))
            {
                aims.AtLeast(measure, reach, "×", one.RowsPerSecond / other.RowsPerSecond);
            }
        }
    }

    private static Task<KafkaDataset> OpenAsync(BenchmarkTopic topic, long rows, ISchemaRegistryClient registry, CancellationToken cancellationToken) =>
        KafkaDataset.OpenAsync(topic.Name, DatasetOptions.For(topic.TaskFor("tensors", rows), FetchEngine.Direct, registry), cancellationToken);

    private static AimTable ResumingAim(AimTable aims, double worst)
    {
        aims.AtMost("resuming against starting, at worst", 10, " ms", worst);
        return aims;
    }

    private static async Task<(ResultTable Table, double Worst)> ResumeAsync(KafkaDataset dataset, long rows, CancellationToken cancellationToken)
    {
        var table = new ResultTable($"Milliseconds from the call to the first batch of 1000 rows of {rows:N0}; medians of {Resumes}, in turns of changing order.", ["order", "at the start", "in the middle", "near the end"]);
        double worst = 0;
        foreach (Shuffle? shuffle in (Shuffle?[])[null, Shuffle.Seeded(1)])
        {
            (ReadState middle, ReadState end) = await StatesAsync(dataset, shuffle, rows, cancellationToken);
            var times = new List<(double Start, double Middle, double End)>(); // in turn, since a machine's speed drifts
            ReadState?[] states = [null, middle, end];
            double[] each = new double[states.Length];
            for (int i = 0; i < Resumes; i++)
            {
                for (int s = 0; s < states.Length; s++)
                {
                    int turn = (i + s) % states.Length; // none always comes after the same other one, whose memory it reuses
                    each[turn] = await FirstBatchAsync(dataset, shuffle, states[turn], cancellationToken);
                }

                times.Add((each[0], each[1], each[2]));
            }

            // The medians, rather than that of the differences, in which what else the machine did meanwhile would count twice.
            (double fromStart, double fromMiddle, double fromEnd) = (times.Median(t => t.Start), times.Median(t => t.Middle), times.Median(t => t.End));
            worst = Math.Max(worst, Math.Max(fromMiddle, fromEnd) - fromStart);
            table.Add(shuffle is null ? "canonical" : "shuffled", $"{fromStart:0.0}", $"{fromMiddle:0.0}", $"{fromEnd:0.0}");
        }

        return (table, worst);
    }

    private static async Task<(ReadState Middle, ReadState End)> StatesAsync(KafkaDataset dataset, Shuffle? shuffle, long rows, CancellationToken cancellationToken)
    {
        ReadState? middle = null;
        ReadState? end = null;
        long read = 0;
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { Shuffle = shuffle }, cancellationToken))
        {
            using (batch)
            {
                read += batch.Rows;
                middle = read <= rows / 2 ? batch.State : middle;
                end = read <= rows - 5000 ? batch.State : end;
            }
        }

        return (middle!, end!);
    }

    private static async Task<double> FirstBatchAsync(KafkaDataset dataset, Shuffle? shuffle, ReadState? state, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        double elapsed = 0;
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { Shuffle = shuffle, ResumeFrom = state }, cancellationToken))
        {
            batch.Dispose();
            elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            break;
        }

        return elapsed;
    }
}
