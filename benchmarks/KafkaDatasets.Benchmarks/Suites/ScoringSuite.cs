using System.Diagnostics;
using Confluent.Kafka;
using Confluent.SchemaRegistry;
using KafkaDatasets.Benchmarks.Grounds;
using KafkaDatasets.Benchmarks.Measuring;
using KafkaDatasets.Benchmarks.Reports;
using KafkaDatasets.Benchmarks.Topics;
using Microsoft.ML;

namespace KafkaDatasets.Benchmarks.Suites;

/// <summary>A topic of SUSY rows through models of ML.NET to another topic.</summary>
internal sealed class ScoringSuite : ISuite
{
    private const string Label = "signal";

    public string Name => "scoring";

    public string Title => "Scoring";

    public string? Lacks(Ground ground) => ground.IsEmbedded ? "transactions with offsets, which the embedded broker does not keep: set KAFKA_HOME or --bootstrap-servers" : null;

    public async Task<IReadOnlyList<ResultTable>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        long rows = bench.Rows(real: 1_000_000, embedded: 0, quick: 20_000);
        var shape = new TopicShape();
        using BenchmarkTopic topic = await BenchmarkTopic.FillAsync(bench.Ground, shape, rows, cancellationToken);
        using BenchmarkTopic training = await BenchmarkTopic.FillAsync(bench.Ground, shape, Math.Min(rows, bench.Settings.Quick ? 5_000 : 20_000), cancellationToken);
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = bench.Ground.SchemaRegistryUrl });
        var options = new KafkaDatasetOptions { BootstrapServers = bench.Ground.BootstrapServers, SchemaRegistry = registry };
        IReadOnlyList<(string Name, ScoringModel Model)> models = Train(training.Name, options);
        (string Name, ScoringModel Model, Delivery Delivery)[] runs =
        [
            (models[0].Name, models[0].Model, Delivery.AtLeastOnce),
            .. models.Select(m => (m.Name, m.Model, Delivery.ExactlyOnce)),
        ];
        var speeds = runs.Select(_ => new List<double>()).ToArray();
        var commits = new long[runs.Length];
        for (int round = bench.Settings.Quick ? 0 : -1; round < bench.Rounds; round++)
        {
            for (int i = 0; i < runs.Length; i++)
            {
                (double speed, commits[i]) = await ScoreAsync(bench, topic.Name, options, runs[i].Model, runs[i].Delivery, rows, shape.Partitions, cancellationToken);
                if (round >= 0)
                {
                    speeds[i].Add(speed); // the first round warms up
                }
            }
        }

        var table = new ResultTable(
            $"{rows:N0} SUSY rows, six partitions, from one topic to another by one member with the default options ({nameof(ScorerOptions.CommitRows)} 100,000, {nameof(ScorerOptions.CommitInterval)} 250 ms): "
            + $"`PredictedLabel`, `Score` and `Probability` as Avro, with keys and five headers; {bench.Ground.Broker}; {bench.Figures} in one process, from the assignment of all partitions to the last commit.",
            ["model", "delivery", "rows/s", "commits"]);
        for (int i = 0; i < runs.Length; i++)
        {
            table.Add(runs[i].Name, runs[i].Delivery == Delivery.ExactlyOnce ? "exactly once" : "at least once", $"{speeds[i].Median(s => s):N0}", $"{commits[i]}");
        }

        var aims = new AimTable();
        aims.AtLeast("linear model exactly once against at least once, rows/s", 0.9, "×", speeds[1].Median(s => s) / speeds[0].Median(s => s));
        return [table, aims];
    }

    private static IReadOnlyList<(string Name, ScoringModel Model)> Train(string topic, KafkaDatasetOptions options)
    {
        var ml = new MLContext(seed: 1);
        IDataView view = KafkaDataView.FromTopic(ml, topic, options with { Label = LabelColumn.Binary(Label) });
        return
        [
            ("linear", Fit("linear", ml.Transforms.NormalizeMeanVariance("Features").Append(ml.BinaryClassification.Trainers.LbfgsLogisticRegression()))),
            ("FastTree, 100 trees", Fit("fasttree", ml.BinaryClassification.Trainers.FastTree())),
            ("LightGBM, 100 trees", Fit("lightgbm", ml.BinaryClassification.Trainers.LightGbm())),
        ];

        ScoringModel Fit(string version, IEstimator<ITransformer> estimator) => new(version, estimator.Fit(view), TimeProvider.System.GetUtcNow(), view.Schema);
    }

    private static async Task<(double RowsPerSecond, long Commits)> ScoreAsync(
        Bench bench, string topic, KafkaDatasetOptions options, ScoringModel model, Delivery delivery, long rows, int partitions, CancellationToken cancellationToken)
    {
        string output = $"{topic}-{Guid.NewGuid():N}";
        try
        {
            var scoring = new ScorerOptions { GroupId = output, OutputTopic = output, Model = ModelSource.Of(model), Delivery = delivery };
            await using KafkaScorer scorer = await KafkaScorer.JoinAsync(topic, options, scoring, cancellationToken);
            long waited = Stopwatch.GetTimestamp();
            while (scorer.Assignment.Count < partitions)
            {
                if (Stopwatch.GetElapsedTime(waited) > BenchmarkTopic.Patience)
                {
                    throw new TimeoutException($"{scorer.Assignment.Count} of {partitions} partitions were assigned.");
                }

                await Task.Delay(10, cancellationToken);
            }

            long started = Stopwatch.GetTimestamp();
            ScoringTotals totals = await scorer.RunAsync(StopAt.CaughtUp, cancellationToken);
            double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            return totals.Rows == rows ? (rows / seconds, totals.Commits) : throw new InvalidOperationException($"{totals.Rows} of {rows} rows were scored.");
        }
        finally
        {
            using IAdminClient admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = bench.Ground.BootstrapServers }).SetLogHandler((_, _) => { }).Build();
            await admin.DeleteTopicsAsync([output]);
        }
    }
}
