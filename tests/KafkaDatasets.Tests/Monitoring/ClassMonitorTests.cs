using System.Globalization;
using System.Text;
using Confluent.Kafka;
using KafkaDatasets.Tests.Fetching;
using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace KafkaDatasets.Tests.Monitoring;

/// <summary>Monitors of models with several classes, and of models that predict numbers, on the embedded broker.</summary>
public sealed class ClassMonitorTests : IDisposable
{
    private const int Rows = 3000;
    private const long Begin = 1_764_000_000_000;

    private static readonly string[] Classes = ["cat", "dog", "owl"];

    private readonly EmbeddedKafka _kafka = EmbeddedKafka.Start();
    private readonly MLContext _ml = new(seed: 1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private KafkaDatasetOptions Labelled => Cluster(new DatasetColumn("x", ColumnType.Single), new DatasetColumn("z", ColumnType.Single), new DatasetColumn("animal", ColumnType.Text), new DatasetColumn("farm", ColumnType.Text)) with
    {
        Label = LabelColumn.Category("animal", Classes),
        Features = ["x", "z"],
    };

    /// <summary>A scorer writes what a model of ML.NET says; the figures from history and live are those of ML.NET's evaluator of the same model and rows.</summary>
    [Fact]
    public async Task Figures_are_those_of_MLNet_from_history_and_live()
    {
        WriteInput();
        await using KafkaDataset rows = await KafkaDataset.OpenAsync("input", Labelled, Token);
        IDataView view = rows.ToDataView(_ml);
        ITransformer model = _ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy().Fit(view);
        await ScoreAsync(model, view.Schema);
        MulticlassClassificationMetrics wanted = _ml.MulticlassClassification.Evaluate(model.Transform(view), topKPredictionCount: 3);

        string file = Path.Combine(Directory.CreateTempSubdirectory().FullName, "report.html");
        MonitorOptions options = Options() with { ReportFile = file, ResultsTopic = "figures", Segment = "farm" };
        MonitorResult history = await new KafkaMonitor(options).RunAsync(Token);
        ModelReport report = Assert.Single(history.Models);
        MulticlassMetrics found = report.Metrics.Multiclass!;
        Assert.Equal((Rows, 0, 0), (report.Metrics.Rows, report.Metrics.Unmatched, history.UnusableScores));
        Assert.InRange(report.Metrics.Accuracy, 0.6, 0.95);
        Assert.Equal(wanted.MicroAccuracy, report.Metrics.Accuracy, 1e-9);
        Assert.Equal(wanted.MacroAccuracy, found.MacroAccuracy, 1e-9);
        Assert.Equal(wanted.LogLoss, report.Metrics.LogLoss, 1e-5);
        Assert.Equal(wanted.LogLossReduction, found.LogLossReduction, 1e-5);
        Assert.Equal(wanted.TopKAccuracyForAllK!, found.TopAccuracies, (a, b) => Math.Abs(a - b) < 1e-9);
        for (int i = 0; i < Classes.Length; i++)
        {
            Assert.Equal(wanted.ConfusionMatrix.PerClassPrecision[i], found.Classes[i].Precision, 1e-9);
            Assert.Equal(wanted.ConfusionMatrix.PerClassRecall[i], found.Classes[i].Recall, 1e-9);
            Assert.Equal(wanted.ConfusionMatrix.Counts[i], Classes.Select((_, j) => (double)found.Confusion[i, j]));
        }

        Assert.Equal(Rows, report.Segments.Values.Sum(s => s.Multiclass!.Classes.Sum(c => c.Rows)));
        Assert.Equal(3, report.Windows.Count);

        MonitorResult live = await new KafkaMonitor(options with { ReportFile = null, ResultsTopic = null, Live = new LiveOptions { GroupId = "monitor" }, StopAt = StopAt.CaughtUp }).RunAsync(Token);
        Assert.Equal(Figures(history), Figures(live));

        string html = await File.ReadAllTextAsync(file, Token);
        Assert.Contains("class=\"matrix\"", html, StringComparison.Ordinal);
        Assert.Contains(FormattableString.Invariant($"cat as dog: {found.Confusion[0, 1]:N0} of {found.Classes[0].Rows:N0} rows"), html, StringComparison.Ordinal);
        Assert.DoesNotContain(">AUC<", html, StringComparison.Ordinal); // there is none of several classes
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);

        KafkaDatasetOptions figures = Cluster(new DatasetColumn("Rows", ColumnType.Int64), new DatasetColumn("MacroAccuracy", ColumnType.Double), new DatasetColumn("Confusion", ColumnType.Int64) { IsVector = true });
        await using KafkaDataset windows = await KafkaDataset.OpenAsync("figures", figures, Token);
        WindowRow[] written = [.. _ml.Data.CreateEnumerable<WindowRow>(windows.ToDataView(_ml), reuseRowObject: false)];
        Assert.Equal(report.Windows.Select(w => w.Metrics.Multiclass!.MacroAccuracy), written.Select(w => w.MacroAccuracy));
        Assert.All(written, w => Assert.Equal(w.Rows, w.Confusion.Sum()));
        Assert.Equal(found.Confusion[1, 2], written.Sum(w => w.Confusion[5]));
    }

    /// <summary>The predicted class as text, as an integer or as an enum; scores as a vector or as a record; in another order than the label's; none at all.</summary>
    [Theory]
    [InlineData("text")]
    [InlineData("vector")]
    [InlineData("record")]
    [InlineData("order")]
    public async Task Predictions_are_read_in_every_form(string form)
    {
        _kafka.CreateTopic("scores", 1);
        _kafka.CreateTopic("labels", 1);
        Write("labels", i => $$"""{"id":"{{i}}","y":"{{Classes[i % 3]}}"}""");

        // Right but for every tenth row, and every hundredth says a class that there is not.
        Write("scores", i =>
        {
            int predicted = i % 10 == 0 ? (i + 1) % 3 : i % 3;
            string[] scores = [.. Enumerable.Range(0, 3).Select(c => c == predicted ? "0.8" : "0.1")];
            return form switch
            {
                "text" => $$"""{"id":"{{i}}","PredictedLabel":"{{(i % 100 == 0 ? "lion" : Classes[predicted])}}"}""",
                "vector" => $$"""{"id":"{{i}}","Score":[{{string.Join(',', scores)}}]}""",
                "record" => $$$"""{"id":"{{{i}}}","Score":{"cat":{{{scores[0]}}},"dog":{{{scores[1]}}},"owl":{{{scores[2]}}}}}""",
                _ => $$"""{"id":"{{i}}","p":[{{scores[2]}},{{scores[0]}},{{scores[1]}}]}""",
            };
        });
        MonitorResult result = await new KafkaMonitor(JoinedById(form switch
        {
            "text" => [new DatasetColumn("PredictedLabel", ColumnType.Text)],
            "vector" => [new DatasetColumn("Score", ColumnType.Double) { IsVector = true }],
            "record" => [.. Classes.Select(c => new DatasetColumn($"Score.{c}", ColumnType.Single))],
            _ => [new DatasetColumn("p", ColumnType.Single) { IsVector = true, Size = 3 }],
        }) with
        {
            Score = form == "order" ? "p" : "Score",
            ScoreClasses = form == "order" ? ["owl", "cat", "dog"] : null,
        }).RunAsync(Token);
        ModelMetrics metrics = result.Models.Single().Metrics;
        Assert.Equal((Rows, 0.9), (metrics.Rows, metrics.Accuracy));
        Assert.Equal(form == "text" ? Rows / 100 : 0, metrics.Multiclass!.Confusion.UnknownPredictions);
        Assert.Equal(form == "text" ? double.NaN : -(0.9 * Math.Log(0.8)) - (0.1 * Math.Log(0.1)), metrics.LogLoss, 1e-6);
        Assert.Equal(0, metrics.Multiclass.Confusion[1, 0]);
        Assert.InRange(metrics.Multiclass.Confusion[0, 1], 90, 100);
    }

    /// <summary>Classes that are integers, and a predicted class that is one.</summary>
    [Fact]
    public async Task Classes_can_be_integers()
    {
        _kafka.CreateTopic("scores", 1);
        _kafka.CreateTopic("labels", 1);
        Write("labels", i => $$"""{"id":"{{i}}","y":{{i % 3}}}""");
        Write("scores", i => $$"""{"id":"{{i}}","PredictedLabel":{{(i % 4 == 0 ? 9 : i % 3)}}}""");
        MonitorOptions options = JoinedById([new DatasetColumn("PredictedLabel", ColumnType.Int32)]);
        MonitorResult result = await new KafkaMonitor(options with
        {
            Labels = options.Labels with { Format = RecordFormat.Json([new DatasetColumn("id", ColumnType.Text), new DatasetColumn("y", ColumnType.Int32)]), Label = LabelColumn.Category("y", ["0", "1", "2"]) },
        }).RunAsync(Token);
        Assert.Equal((0.75, Rows / 4), (result.Models[0].Metrics.Accuracy, result.Models[0].Metrics.Multiclass!.Confusion.UnknownPredictions));
    }

    /// <summary>Scores that are too few, or not numbers, are no predictions: they are counted, and the log says what to do.</summary>
    [Fact]
    public async Task Scores_of_another_number_are_counted_and_said()
    {
        _kafka.CreateTopic("scores", 1);
        _kafka.CreateTopic("labels", 1);
        Write("labels", i => $$"""{"id":"{{i}}","y":"{{Classes[i % 3]}}"}""");
        Write("scores", i => i % 2 == 0 ? $$"""{"id":"{{i}}","Score":[0.5,0.5]}""" : $$"""{"id":"{{i}}","Score":[1,0,0]}""");
        var log = new RecordedLog();
        MonitorOptions options = JoinedById([new DatasetColumn("Score", ColumnType.Single) { IsVector = true }]);
        MonitorResult result = await new KafkaMonitor(options with { Scores = options.Scores with { LoggerFactory = log.ToFactory() } }).RunAsync(Token);
        Assert.Equal((Rows / 2, Rows / 2), (result.UnusableScores, result.Models.Single().Metrics.Rows));
        Assert.Contains("MonitorOptions.ScoreClasses", Assert.Single(log.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Numbers_are_monitored_too()
    {
        _kafka.CreateTopic("scores", 1);
        _kafka.CreateTopic("labels", 1);
        Write("labels", i => $$"""{"id":"{{i}}","y":{{i % 100}}}""");
        Write("scores", i => $$"""{"id":"{{i}}","Score":{{(i % 100) + (i < Rows / 2 ? i % 2 : 20 + (i % 2))}}}""");
        MonitorOptions options = JoinedById([new DatasetColumn("Score", ColumnType.Single)]);
        options = options with { Labels = options.Labels with { Format = RecordFormat.Json([new DatasetColumn("id", ColumnType.Text), new DatasetColumn("y", ColumnType.Single)]), Label = LabelColumn.Regression("y") } };
        MonitorResult result = await new KafkaMonitor(options with { Window = MonitorWindow.Rows(Rows / 2) }).RunAsync(Token);
        ModelReport model = result.Models.Single();
        Assert.Equal([0.5, 20.5], model.Windows.Select(w => w.Metrics.Regression!.MeanError));
        Assert.Equal([Math.Sqrt(0.5), Math.Sqrt((400 + 441) / 2.0)], model.Windows.Select(w => w.Metrics.Regression!.RootMeanSquaredError));
        Assert.InRange(model.DistinctDrifts.Single().Row, Rows / 2, (Rows / 2) + 100); // the distance is what the detector is told
        Assert.Contains("<h2>RMSE over time</h2>", result.ToHtml(), StringComparison.Ordinal);
        InvalidOptionsException detector = Assert.Throws<InvalidOptionsException>(() => new KafkaMonitor(options with { CreateDetector = () => DriftDetector.Ddm() }));
        Assert.Contains("DDM", detector.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_does_not_fit_is_said()
    {
        _kafka.CreateTopic("scores", 1);
        _kafka.CreateTopic("labels", 1);
        Write("labels", i => $$"""{"id":"{{i}}","y":"{{Classes[i % 3]}}"}""");
        Write("scores", i => $$"""{"id":"{{i}}","p":[1,0]}""");
        MonitorOptions options = JoinedById([new DatasetColumn("p", ColumnType.Single) { IsVector = true, Size = 2 }]);
        InvalidOptionsException none = await Assert.ThrowsAsync<InvalidOptionsException>(() => new KafkaMonitor(options).RunAsync(Token));
        Assert.Contains("'Score.cat'", none.Message, StringComparison.Ordinal);
        InvalidOptionsException size = await Assert.ThrowsAsync<InvalidOptionsException>(() => new KafkaMonitor(options with { Score = "p" }).RunAsync(Token));
        Assert.Contains("ScoreClasses", size.Message, StringComparison.Ordinal);
        InvalidOptionsException unknown = await Assert.ThrowsAsync<InvalidOptionsException>(() => new KafkaMonitor(options with { Score = "p", ScoreClasses = ["cat", "lion"] }).RunAsync(Token));
        Assert.Contains("'lion'", unknown.Message, StringComparison.Ordinal);
        InvalidOptionsException twice = Assert.Throws<InvalidOptionsException>(() => new KafkaMonitor(options with { ScoreClasses = ["cat", "cat"] }));
        Assert.Contains("twice", twice.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _kafka.Dispose();

    private static string Figures(MonitorResult result) => string.Join('\n', result.Models.Select(m => string.Join('|',
        [m.Version, Text(m.Metrics), .. m.Windows.Select(w => $"{w.Number} {w.Start:O} {w.End:O} {Text(w.Metrics)}"), .. m.Drifts.Select(d => $"{d}"), .. m.Segments.OrderBy(s => s.Key).Select(s => s.Key + Text(s.Value))])));

    private static string Text(ModelMetrics m) => FormattableString.Invariant(
        $"{m.Rows} {m.Unmatched} {m.Accuracy:R} {m.LogLoss:R} {m.CalibrationError:R} {m.Multiclass!.MacroAccuracy:R} {m.Multiclass.LogLossReduction:R} {string.Join(' ', m.Multiclass.TopAccuracies)} {string.Join(' ', m.Multiclass.Classes)}");

    private KafkaDatasetOptions Cluster(params DatasetColumn[] columns) => new() { BootstrapServers = _kafka.BootstrapServers, Format = RecordFormat.Json(columns), ClientConfig = EmbeddedGroups.Quick };

    private MonitorOptions Options() => new()
    {
        ScoresTopic = "scores",
        Scores = Cluster(new DatasetColumn("PredictedLabel", ColumnType.Text), new DatasetColumn("Score", ColumnType.Single) { IsVector = true }),
        LabelsTopic = "input",
        Labels = Labelled,
        Window = MonitorWindow.Rows(1000),
    };

    private MonitorOptions JoinedById(DatasetColumn[] columns) => new()
    {
        ScoresTopic = "scores",
        Scores = Cluster([new DatasetColumn("id", ColumnType.Text), .. columns]),
        LabelsTopic = "labels",
        Labels = Cluster(new DatasetColumn("id", ColumnType.Text), new DatasetColumn("y", ColumnType.Text)) with { Label = LabelColumn.Category("y", Classes) },
        JoinBy = LabelJoinKey.Column("id"),
    };

    private async Task ScoreAsync(ITransformer model, DataViewSchema schema)
    {
        await using KafkaScorer scorer = await KafkaScorer.JoinAsync("input", Labelled with { Label = null }, new ScorerOptions
        {
            GroupId = "scorer",
            OutputTopic = "scores",
            Model = ModelSource.Of(new ScoringModel("animals-1", model, TimeProvider.System.GetUtcNow(), schema)),
            Delivery = Delivery.AtLeastOnce,
            CommitInterval = TimeSpan.FromMilliseconds(50),
        }, Token);
        Assert.Equal(Rows, (await scorer.RunAsync(StopAt.CaughtUp, Token)).Rows);
    }

    /// <summary>Three clouds of points that overlap.</summary>
    private void WriteInput()
    {
        _kafka.CreateTopic("input", 3);
        var random = new Random(7);
        Write("input", i =>
        {
            int animal = random.Next(10) switch { < 6 => 0, < 9 => 1, _ => 2 };
            double x = Math.Cos(animal * 2.1) + (2 * random.NextDouble()) + (2 * random.NextDouble());
            double z = Math.Sin(animal * 2.1) + (2 * random.NextDouble()) + (2 * random.NextDouble());
            return string.Create(CultureInfo.InvariantCulture, $$"""{"x":{{x:0.####}},"z":{{z:0.####}},"animal":"{{Classes[animal]}}","farm":"{{(i % 2 == 0 ? "north" : "south")}}"}""");
        }, 3);
    }

    private void Write(string topic, Func<int, string> value, int partitions = 1)
    {
        using IProducer<Null, byte[]> producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = _kafka.BootstrapServers, LingerMs = 5 }).SetLogHandler((_, _) => { }).Build();
        for (int i = 0; i < Rows; i++)
        {
            producer.Produce(new TopicPartition(topic, i % partitions), new Message<Null, byte[]> { Value = Encoding.UTF8.GetBytes(value(i)), Timestamp = new Timestamp(Begin + i, TimestampType.CreateTime) });
        }

        producer.Flush(Token);
    }

    private sealed class WindowRow
    {
        public long Rows { get; set; }

        public double MacroAccuracy { get; set; }

        public long[] Confusion { get; set; } = [];
    }
}
