using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using Confluent.Kafka;
using KafkaDatasets.Tests.Fetching;
using KafkaDatasets.Tests.MLNet.Contract.Leaks;
using Xunit;

namespace KafkaDatasets.Tests.Monitoring;

/// <summary>Monitors on the embedded broker.</summary>
public sealed class KafkaMonitorTests
{
    private const int Partitions = 3;
    private const long Begin = 1_764_000_000_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Two versions score the rows of a topic that has the labels itself, the second one worse; history and live give the same figures.</summary>
    [Fact]
    public async Task History_and_live_give_the_same_figures()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        (double[] accuracy, int rows) = await WriteInputAndScoresAsync(kafka);
        MonitorResult history = await new KafkaMonitor(Options(kafka)).RunAsync(Token);
        Assert.Equal(["m1", "m2"], history.Models.Select(m => m.Version));
        Assert.Equal(rows, history.Models.Sum(m => m.Metrics.Rows));
        Assert.All(history.Models, m => Assert.Equal(0, m.Metrics.Unmatched));
        Assert.Equal(accuracy[0], history.Models[0].Metrics.Accuracy, 1e-9);
        Assert.Equal(accuracy[1], history.Models[1].Metrics.Accuracy, 1e-9);
        Assert.Equal((rows, rows + 100, 0, 100), (history.Scores - history.DoubledScores, history.Labels, history.UnusableScores, history.UnusedLabels));
        Assert.Equal(7, history.DoubledScores);
        Assert.Equal(2, history.Models[0].Segments.Count);
        Assert.Equal(history.Models[0].Metrics.Rows, history.Models[0].Segments.Sum(s => s.Value.Rows));

        // The errors of the second version become more with the row 3,000: ADWIN's window starts near there once it has dropped all that was before.
        Assert.NotEmpty(history.Models[1].Drifts);
        Assert.All(history.Models[1].Drifts, d => Assert.True(d.Since <= d.Time));
        Assert.InRange(history.Models[1].Drifts[^1].Since.ToUnixTimeMilliseconds() - Begin, 2_800, 3_200);

        MonitorResult live = await new KafkaMonitor(Options(kafka) with { Live = new LiveOptions { GroupId = "monitor" }, StopAt = StopAt.CaughtUp }).RunAsync(Token);
        Assert.Equal(Figures(history), Figures(live));

        // Nothing was committed: another run has the same rows again.
        MonitorResult again = await new KafkaMonitor(Options(kafka) with { Live = new LiveOptions { GroupId = "monitor" }, StopAt = StopAt.CaughtUp }).RunAsync(Token);
        Assert.Equal(Figures(history), Figures(again));
    }

    /// <summary>Labels come later, in a topic of their own, with the positions of the inputs, or by key.</summary>
    [Theory]
    [InlineData("position")]
    [InlineData("key")]
    [InlineData("column")]
    public async Task Labels_of_their_own_topic_are_joined(string by)
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        kafka.CreateTopic("scores", Partitions);
        kafka.CreateTopic("labels", 2);
        using (IProducer<byte[], byte[]> producer = Producer(kafka))
        {
            for (int i = 0; i < 300; i++)
            {
                Produce(producer, "scores", i % Partitions, Begin + (10 * i), $"id{i}", $$"""{"id":"id{{i}}","Probability":{{(i % 4 == 0 ? "0.9" : "0.1")}}}""", by == "position" ? (0, i) : null, "m1");
                if (i % 10 != 9)
                {
                    // Every fifth label is later than the grace period, and every tenth is there twice.
                    long time = Begin + (10 * i) + (i % 5 == 0 ? 60_001 : 30_000);
                    for (int copies = i % 10 == 1 ? 2 : 1; copies > 0; copies--)
                    {
                        Produce(producer, "labels", i % 2, time, $"id{i}", $$"""{"id":"id{{i}}","y":{{(i % 4 == 0 ? "true" : "false")}}}""", by == "position" ? (0, i) : null, null);
                    }
                }
            }

            producer.Flush(Token);
        }

        MonitorResult result = await new KafkaMonitor(Options(kafka) with
        {
            LabelsTopic = "labels",
            JoinBy = by switch { "position" => LabelJoinKey.InputPosition, "key" => LabelJoinKey.RecordKey, _ => LabelJoinKey.Column("id") },
            Scores = Cluster(kafka, new DatasetColumn("id", ColumnType.Text), new DatasetColumn("Probability", ColumnType.Single)),
            Labels = Cluster(kafka, new DatasetColumn("id", ColumnType.Text), new DatasetColumn("y", ColumnType.Boolean)) with { Label = LabelColumn.Binary("y") },
            Segment = null,
            Grace = TimeSpan.FromMinutes(1),
            Window = MonitorWindow.Time(TimeSpan.FromSeconds(1)),
        }).RunAsync(Token);
        ModelReport model = result.Models.Single();
        Assert.Equal((210, 90, 1.0), (model.Metrics.Rows, model.Metrics.Unmatched, model.Metrics.Accuracy));
        Assert.Equal((30, 90), (result.DoubledLabels, result.UnusedLabels)); // 30 doubled ones and 60 late ones
        Assert.Equal([DateTimeOffset.FromUnixTimeMilliseconds(Begin), DateTimeOffset.FromUnixTimeMilliseconds(Begin + 1000), DateTimeOffset.FromUnixTimeMilliseconds(Begin + 2000)], model.Windows.Select(w => w.Start));
        Assert.All(model.Windows, w => Assert.Equal((70, 30), (w.Metrics.Rows, w.Metrics.Unmatched)));
    }

    /// <summary>Producers that write microseconds where milliseconds belong: their times are later than any that .NET has, and the page is written all the same.</summary>
    [Theory]
    [InlineData(1_764_000_000_000_000)]
    [InlineData(1_764_000_000_000_000_000)]
    public async Task Times_beyond_the_year_9999_are_shown_at_its_end(long begin)
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        kafka.CreateTopic("input", 1);
        kafka.CreateTopic("scores", 1);
        using (IProducer<byte[], byte[]> producer = Producer(kafka))
        {
            for (int i = 0; i < 100; i++)
            {
                Produce(producer, "input", 0, begin + i, null, $$"""{"x":{{i}},"country":"de","y":true}""", null, null);
                Produce(producer, "scores", 0, begin + i, null, """{"PredictedLabel":true,"Probability":0.9}""", (0, i), "m1");
            }

            producer.Flush(Token);
        }

        MonitorResult result = await new KafkaMonitor(Options(kafka) with { Window = MonitorWindow.Rows(10) }).RunAsync(Token);
        Assert.Equal((100, 1.0), (result.Models.Single().Metrics.Rows, result.Models.Single().Metrics.Accuracy));
        Assert.Equal(DateTimeOffset.MaxValue.ToUnixTimeMilliseconds(), result.Models.Single().Windows[0].Start.ToUnixTimeMilliseconds());
        Assert.Contains("23:59:59", result.ToHtml(), StringComparison.Ordinal);
    }

    /// <summary>The options of the input name features, which a score does not have.</summary>
    [Fact]
    public async Task The_options_of_the_scores_may_have_the_label_and_the_features_of_the_input()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        await WriteInputAndScoresAsync(kafka);
        MonitorOptions options = Options(kafka);
        MonitorResult result = await new KafkaMonitor(options with { Scores = options.Scores with { Features = ["x"], Label = LabelColumn.Binary("y") } }).RunAsync(Token);
        Assert.Equal(2, result.Models.Count);
    }

    /// <summary>Options that do not fit look like an empty topic otherwise.</summary>
    [Fact]
    public async Task Scores_of_which_none_is_joined_are_warned_of()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        (MonitorResult result, RecordedLog log) = await ScoreAsync(kafka, ["0.9", "0.1"], i => Begin + i, joinBy: LabelJoinKey.InputPosition);
        Assert.Equal((2, 2), (result.Scores, result.UnusableScores));
        Assert.Contains("none of the 2 scores of topic scored was joined", Assert.Single(log.Warnings), StringComparison.Ordinal);
        Assert.Contains("JoinBy", log.Warnings.Single(), StringComparison.Ordinal);
        (_, log) = await ScoreAsync(kafka, ["0.9", "0.1"], i => Begin + i, "2");
        Assert.Empty(log.Warnings);
    }

    /// <summary>However few rows may wait, no row is lost that both topics have: the topic that is ahead waits for the other one.</summary>
    [Theory]
    [InlineData(15_000)]
    [InlineData(2_000)]
    [InlineData(5)]
    public async Task Few_waiting_rows_are_joined_from_history_and_live(int most)
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        kafka.CreateTopic("input", 1);
        kafka.CreateTopic("scores", 1);
        int rows = most == 5 ? 2_000 : 20_000;
        using (IProducer<byte[], byte[]> producer = Producer(kafka))
        {
            for (int i = 0; i < rows; i++)
            {
                Produce(producer, "input", 0, Begin + (100 * i), null, """{"x":1,"country":"de","y":true}""", null, null);
                Produce(producer, "scores", 0, Begin + (100 * i), null, """{"PredictedLabel":true,"Probability":0.9}""", (0, i), "m1");
            }

            await Task.Run(() => producer.Flush(Token), Token);
        }

        var log = new RecordedLog();
        MonitorOptions options = Options(kafka) with { MaxWaitingRows = most };
        options = options with { Scores = options.Scores with { LoggerFactory = log.ToFactory() } };
        MonitorResult history = await new KafkaMonitor(options).RunAsync(Token);
        MonitorResult live = await new KafkaMonitor(options with { Live = new LiveOptions { GroupId = "monitor" }, StopAt = StopAt.CaughtUp }).RunAsync(Token);
        Assert.All([history, live], r => Assert.Equal((rows, 0, 0, 0), (r.Models.Single().Metrics.Rows, r.Models.Single().Metrics.Unmatched, r.LateScores, r.UnusedLabels)));
        Assert.Equal(Figures(history), Figures(live));
        Assert.All(log.Warnings, w => Assert.Contains("wait for their label or score", w, StringComparison.Ordinal));
    }

    /// <summary>A topic without rows does not hold the other one back forever.</summary>
    [Fact]
    public async Task Labels_are_read_on_although_there_are_no_scores()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        kafka.CreateTopic("input", 1);
        kafka.CreateTopic("scores", 1);
        using (IProducer<byte[], byte[]> producer = Producer(kafka))
        {
            for (int i = 0; i < 1_000; i++)
            {
                Produce(producer, "input", 0, Begin + i, null, """{"x":1,"country":"de","y":true}""", null, null);
            }

            producer.Flush(Token);
        }

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var monitor = new KafkaMonitor(Options(kafka) with { MaxWaitingRows = 100, Live = new LiveOptions { GroupId = "monitor" } });
        Task<MonitorResult> running = monitor.RunAsync(ending.Token);
        await Until.TrueAsync(() => monitor.GetResult()?.Labels == 1_000, "labels without scores", seconds: 60);
        Assert.InRange(monitor.GetResult()!.Waiting, 1, 100);
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    /// <summary>Positions of two topics have the same numbers: scores of another topic than the labels' are not joined with these, which would look like a bad model. Scores that do not name their topic are.</summary>
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Scores_of_another_input_topic_are_not_joined(bool haveLabelsHeaders, bool isLive)
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        string labels = haveLabelsHeaders ? "labels" : "input";
        kafka.CreateTopic(labels, 1);
        kafka.CreateTopic("scores", 1);
        using (IProducer<byte[], byte[]> producer = Producer(kafka))
        {
            for (int i = 0; i < 120; i++)
            {
                Produce(producer, labels, 0, Begin + i, null, """{"x":1,"country":"de","y":true}""", haveLabelsHeaders ? (0, i) : null, null);
                Produce(producer, "scores", 0, Begin + i, null, """{"PredictedLabel":false,"Probability":0.1}""", (0, i), "m1", inputTopic: "another-input");
                Produce(producer, "scores", 0, Begin + i, null, """{"PredictedLabel":true,"Probability":0.9}""", (0, i), "m1", inputTopic: i < 100 ? "input" : null);
            }

            producer.Flush(Token);
        }

        var log = new RecordedLog();
        MonitorOptions options = Options(kafka) with { LabelsTopic = labels };
        options = options with { Scores = options.Scores with { LoggerFactory = log.ToFactory() } };
        MonitorResult result = await new KafkaMonitor(isLive ? options with { Live = new LiveOptions { GroupId = "monitor" }, StopAt = StopAt.CaughtUp } : options).RunAsync(Token);
        ModelReport model = result.Models.Single();
        Assert.Equal((120, 0, 1.0), (model.Metrics.Rows, model.Metrics.Unmatched, model.Metrics.Accuracy));
        Assert.Equal((240, 120, 0, 0), (result.Scores, result.UnusableScores, result.DoubledScores, result.UnusedLabels));
        string warning = Assert.Single(log.Warnings);
        Assert.Contains("'another-input'", warning, StringComparison.Ordinal);
        Assert.Contains("'input'", warning, StringComparison.Ordinal);
    }

    /// <summary>A percentage is no probability; rounding may make one a little more than 1.</summary>
    [Fact]
    public async Task Numbers_that_are_no_probabilities_are_not_used()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        string[] probabilities = ["90", "-2", "1.0000001", "\"Infinity\"", "0.25", "-0.0000001"];
        (MonitorResult result, RecordedLog log) = await ScoreAsync(kafka, probabilities, i => Begin + i);
        Assert.Equal((6, 3, 3), (result.Scores, result.UnusableScores, result.Models.Single().Metrics.Rows));
        Assert.Equal(1 / 3.0, result.Models.Single().Metrics.Accuracy, 1e-9);
        Assert.Single(log.Warnings, w => w.Contains("not from 0 to 1", StringComparison.Ordinal));
    }

    /// <summary>Times that run backwards for longer than the grace period: what is left out is said.</summary>
    [Fact]
    public async Task Late_scores_are_warned_of()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        (MonitorResult result, RecordedLog log) = await ScoreAsync(kafka, [.. Enumerable.Repeat("0.9", 20_000)], i => Begin - (1000 * i));
        Assert.True(result.LateScores > 0);
        Assert.Equal(result.Scores, result.LateScores + result.Models.Single().Metrics.Rows);
        Assert.Single(log.Warnings, w => w.Contains("arrive later", StringComparison.Ordinal));
        (result, log) = await ScoreAsync(kafka, ["0.9", "0.9"], i => Begin - i, "2");
        Assert.Equal(0, result.LateScores);
        Assert.Empty(log.Warnings);
    }

    /// <summary>A reference of which the topic has nothing would be compared with nothing, and nothing would ever drift.</summary>
    [Fact]
    public async Task A_reference_of_other_columns_is_refused()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        await WriteInputAndScoresAsync(kafka);
        ReferenceProfile reference;
        await using (KafkaDataset dataset = await KafkaDataset.OpenAsync("input", Cluster(kafka, new DatasetColumn("country", ColumnType.Text)), Token))
        {
            reference = await ReferenceProfile.CreateAsync(dataset, Token);
        }

        InvalidOptionsException e = await Assert.ThrowsAsync<InvalidOptionsException>(() => new KafkaMonitor(Options(kafka) with
        {
            Reference = reference,
            Segment = null,
            Labels = Cluster(kafka, new DatasetColumn("x", ColumnType.Single), new DatasetColumn("y", ColumnType.Boolean)) with { Features = ["x"], Label = LabelColumn.Binary("y") },
        }).RunAsync(Token));
        Assert.Contains("Reference has country, and topic 'input' has none of them", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Figures_are_metrics_records_and_a_page()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        await WriteInputAndScoresAsync(kafka);
        string topic = $"scores"; // the meter is shared by the process: the topic and the version tell these figures
        var gauges = new List<(string Name, double Value, string? Version)>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, me) => { if (instrument.Meter.Name == "KafkaDatasets" && instrument.Name.StartsWith("kafkadatasets.model", StringComparison.Ordinal)) { me.EnableMeasurementEvents(instrument); } } };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
        {
            Dictionary<string, object?> named = tags.ToArray().ToDictionary(t => t.Key, t => t.Value);
            if (Equals(named["messaging.destination.name"], topic))
            {
                lock (gauges)
                {
                    gauges.Add((instrument.Name, value, (string?)named["kafkadatasets.model.version"]));
                }
            }
        });
        listener.Start();
        string file = Path.Combine(Directory.CreateTempSubdirectory().FullName, "report.html");
        ReferenceProfile reference;
        await using (KafkaDataset dataset = await KafkaDataset.OpenAsync("input", Input(kafka) with { Range = TopicRange.Offsets(0, 0, 300) }, Token))
        {
            reference = await ReferenceProfile.CreateAsync(dataset, Token);
        }

        MonitorResult result = await new KafkaMonitor(Options(kafka) with { ReportFile = file, ResultsTopic = "figures", Reference = reference, ReferenceRows = 1000 }).RunAsync(Token);
        Assert.Contains(gauges, g => g is { Name: "kafkadatasets.model.accuracy", Version: "m1" });
        Assert.Contains(gauges, g => g is { Name: "kafkadatasets.model.auc", Version: "m2" });

        string html = await File.ReadAllTextAsync(file, Token);
        Assert.StartsWith("<!doctype html>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("http", html, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("class=\"mark\"", html, StringComparison.Ordinal);
        Assert.Contains("Calibration", html, StringComparison.Ordinal);
        Assert.Contains("class=\"drifted\">x<", html, StringComparison.Ordinal); // x grows from row to row
        Assert.Contains($"<h1>Model monitoring: scores</h1>\n<p class=\"none\">From {result.Models.SelectMany(m => m.Windows).Min(w => w.Start):yyyy-MM-dd HH:mm:ss} to ", html, StringComparison.Ordinal);
        Assert.Equal(html, result.ToHtml("Model monitoring: scores"));
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);

        await using KafkaDataset figures = await KafkaDataset.OpenAsync("figures", Cluster(kafka, new DatasetColumn("Version", ColumnType.Text), new DatasetColumn("Rows", ColumnType.Int64), new DatasetColumn("Accuracy", ColumnType.Double)), Token);
        long windows = 0;
        double rows = 0;
        await foreach (TensorBatch batch in figures.ReadBatchesAsync(new BatchOptions { Tensors = ["Rows"] }, Token))
        {
            using (batch)
            {
                windows += batch.Rows;
                for (int i = 0; i < batch.Rows; i++)
                {
                    rows += batch["Rows"][i];
                }
            }
        }

        Assert.Equal(result.Models.Sum(m => m.Windows.Count), windows);
        Assert.Equal(result.Models.Sum(m => m.Metrics.Rows), rows);
    }

    /// <summary>Times come from the records: a clock that jumps changes no figure.</summary>
    [Fact]
    public async Task Clock_jumps_change_nothing()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        await WriteInputAndScoresAsync(kafka);
        MonitorResult history = await new KafkaMonitor(Options(kafka)).RunAsync(Token);
        var clock = new JumpingClock();
        MonitorResult live = await new KafkaMonitor(Options(kafka) with { Live = new LiveOptions { GroupId = "monitor" }, StopAt = StopAt.CaughtUp, TimeProvider = clock }).RunAsync(Token);
        Assert.Equal(Figures(history), Figures(live));
    }

    /// <summary>While topics are followed, the figures of rows whose time has passed are there, although partitions without records stand still.</summary>
    [Fact]
    public async Task Figures_come_while_topics_are_followed()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        (_, int rows) = await WriteInputAndScoresAsync(kafka);
        var monitor = new KafkaMonitor(Options(kafka) with { Live = new LiveOptions { GroupId = "monitor" }, Grace = TimeSpan.FromMilliseconds(50) });
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task<MonitorResult> running = monitor.RunAsync(ending.Token);
        await Until.TrueAsync(() => monitor.GetResult()?.Models.Sum(m => m.Metrics.Rows) >= rows - 200, "figures of a live topic", seconds: 30);
        Assert.False(running.IsCompleted);
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    /// <summary>When a run begins, it creates the directory of the page, or throws if the page cannot be written there, rather than after hours of reading.</summary>
    [Fact]
    public async Task The_place_of_the_page_is_checked_before_reading()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        await WriteInputAndScoresAsync(kafka);
        DirectoryInfo directory = Directory.CreateTempSubdirectory("kafkadatasets-report-");
        try
        {
            string file = Path.Combine(directory.FullName, "a", "b", "report.html");
            await new KafkaMonitor(Options(kafka) with { ReportFile = file }).RunAsync(Token);
            Assert.True(new FileInfo(file).Length > 1000);
            Assert.Equal("report.html", Assert.Single(Directory.GetFiles(Path.GetDirectoryName(file)!).Select(Path.GetFileName)));

            foreach (string wrong in (string[])[directory.FullName, Path.Combine(file, "within.html")])
            {
                InvalidOptionsException e = await Assert.ThrowsAsync<InvalidOptionsException>(() => new KafkaMonitor(Options(kafka) with { ReportFile = wrong, ScoresTopic = "nowhere" }).RunAsync(Token));
                Assert.Contains($"ReportFile '{wrong}' cannot be written", e.Message, StringComparison.Ordinal);
            }
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    /// <summary>A run that follows topics without end says at once that its page can no longer be written.</summary>
    [Fact]
    public async Task A_page_that_can_no_longer_be_written_ends_a_live_run()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        await WriteInputAndScoresAsync(kafka);
        DirectoryInfo directory = Directory.CreateTempSubdirectory("kafkadatasets-report-");
        string file = Path.Combine(directory.FullName, "report.html");
        Task<MonitorResult> running = new KafkaMonitor(Options(kafka) with { Live = new LiveOptions { GroupId = "monitor" }, ReportFile = file, TimeProvider = new HastyTimeProvider(50) }).RunAsync(Token);
        await Until.TrueAsync(() => File.Exists(file), "a page", seconds: 30);
        directory.MoveTo(directory.FullName + "-moved"); // deleting is not atomic: a page may be written meanwhile
        directory.Delete(recursive: true);
        IOException e = await Assert.ThrowsAsync<IOException>(() => running.WaitAsync(TimeSpan.FromSeconds(30), Token));
        Assert.StartsWith($"ReportFile '{file}' can no longer be written: ", e.Message, StringComparison.Ordinal);
    }

    /// <summary>So does a run whose figures cannot be written to their topic.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Figures_that_cannot_be_written_end_a_run(bool isLive)
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        await WriteInputAndScoresAsync(kafka);
        MonitorOptions options = Options(kafka) with { ResultsTopic = "no/name" };
        Task<MonitorResult> running = new KafkaMonitor(isLive ? options with { Live = new LiveOptions { GroupId = "monitor" } } : options).RunAsync(Token);
        Exception e = await Assert.ThrowsAnyAsync<Exception>(() => running.WaitAsync(TimeSpan.FromSeconds(30), Token));
        Assert.Contains("no/name", e.Message, StringComparison.Ordinal);
    }

    /// <summary>The names of segments that rows wait with are bounded: long ones are cut, at a whole character.</summary>
    [Fact]
    public async Task Long_names_of_segments_are_cut()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        kafka.CreateTopic("input", 1);
        kafka.CreateTopic("scores", 1);
        string[] names = ["short", new string('x', 300) + "1", new string('x', 300) + "2", new string('y', 199) + "😀", new string('z', 200)];
        using (IProducer<byte[], byte[]> producer = Producer(kafka))
        {
            for (int i = 0; i < names.Length; i++)
            {
                Produce(producer, "input", 0, Begin + i, null, $$"""{"x":{{i}},"country":"{{names[i]}}","y":true}""", null, null);
                Produce(producer, "scores", 0, Begin + i, null, """{"PredictedLabel":true,"Probability":0.9}""", (0, i), "m1", Begin + i);
            }

            producer.Flush(Token);
        }

        MonitorResult result = await new KafkaMonitor(Options(kafka)).RunAsync(Token);
        Assert.Equal(
            [("short", 1), (new string('x', 200) + "…", 2), (new string('y', 199) + "…", 1), (new string('z', 200), 1)],
            result.Models.Single().Segments.Select(s => (s.Key, s.Value.Rows)).OrderBy(s => s.Key, StringComparer.Ordinal));
    }

    /// <summary>Figures among the scores, or among the labels, would be read as such by the next run.</summary>
    [Theory]
    [InlineData("scores")]
    [InlineData("input")]
    [InlineData(" ")]
    public void Figures_need_a_topic_of_their_own(string topic)
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        InvalidOptionsException e = Assert.Throws<InvalidOptionsException>(() => new KafkaMonitor(Options(kafka) with { ResultsTopic = topic }));
        Assert.Contains($"ResultsTopic is '{topic}'", Assert.Single(e.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_does_not_fit_is_said()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        await WriteInputAndScoresAsync(kafka);
        InvalidOptionsException options = Assert.Throws<InvalidOptionsException>(() => new KafkaMonitor(Options(kafka) with { LabelsTopic = "scores", Labels = Cluster(kafka, new DatasetColumn("y", ColumnType.Boolean)), MaxWaitingRows = 0, StopAt = StopAt.CaughtUp }));
        Assert.Equal(4, options.Faults.Count);
        InvalidOptionsException label = await Assert.ThrowsAsync<InvalidOptionsException>(() => new KafkaMonitor(Options(kafka) with { Labels = Input(kafka) with { Label = LabelColumn.Binary("Y") } }).RunAsync(Token));
        Assert.StartsWith("MonitorOptions is not valid: topic 'input': Label: the format of the options has no field 'Y', did you mean 'y'?", label.Message);
        InvalidOptionsException column = await Assert.ThrowsAsync<InvalidOptionsException>(() => new KafkaMonitor(Options(kafka) with { Probability = "p", Score = "s" }).RunAsync(Token));
        Assert.Contains("Probability", column.Message, StringComparison.Ordinal);
        InvalidOptionsException segment = await Assert.ThrowsAsync<InvalidOptionsException>(() => new KafkaMonitor(Options(kafka) with { Segment = "region" }).RunAsync(Token));
        Assert.Contains("'region'", segment.Message, StringComparison.Ordinal);
        var monitor = new KafkaMonitor(Options(kafka));
        await monitor.RunAsync(Token);
        await Assert.ThrowsAsync<InvalidOperationException>(() => monitor.RunAsync(Token));
    }

    private static string Figures(MonitorResult result) => string.Join('\n', result.Models.Select(m => string.Join('|',
        [m.Version, Text(m.Metrics), .. m.Windows.Select(w => $"{w.Number} {w.Start:O} {w.End:O} {Text(w.Metrics)}"), .. m.Drifts.Select(d => $"{d}"), .. m.Segments.OrderBy(s => s.Key).Select(s => s.Key + Text(s.Value))])));

    private static string Text(ModelMetrics m) => FormattableString.Invariant($"{m.Rows} {m.Unmatched} {m.Positive} {m.Accuracy:R} {m.Auc:R} {m.LogLoss:R} {m.CalibrationError:R}");

    private static KafkaDatasetOptions Cluster(EmbeddedKafka kafka, params DatasetColumn[] columns) => new() { BootstrapServers = kafka.BootstrapServers, Format = RecordFormat.Json(columns), ClientConfig = EmbeddedGroups.Quick };

    private static KafkaDatasetOptions Input(EmbeddedKafka kafka) =>
        Cluster(kafka, new DatasetColumn("x", ColumnType.Single), new DatasetColumn("country", ColumnType.Text), new DatasetColumn("y", ColumnType.Boolean)) with { Label = LabelColumn.Binary("y") };

    /// <summary>Monitors scores of rows that are all positive.</summary>
    private static async Task<(MonitorResult Result, RecordedLog Log)> ScoreAsync(EmbeddedKafka kafka, IReadOnlyList<string> probabilities, Func<int, long> timeOf, string name = "", LabelJoinKey? joinBy = null)
    {
        kafka.CreateTopic("scored" + name, 1);
        kafka.CreateTopic("labels" + name, 1);
        using (IProducer<byte[], byte[]> producer = Producer(kafka))
        {
            for (int i = 0; i < probabilities.Count; i++)
            {
                Produce(producer, "scored" + name, 0, timeOf(i), $"k{i}", $$"""{"Probability":{{probabilities[i]}}}""", null, "m1");
                Produce(producer, "labels" + name, 0, timeOf(i), $"k{i}", """{"y":true}""", null, null);
            }

            producer.Flush(Token);
        }

        var log = new RecordedLog();
        MonitorResult result = await new KafkaMonitor(new MonitorOptions
        {
            ScoresTopic = "scored" + name,
            Scores = Cluster(kafka, new DatasetColumn("Probability", ColumnType.Single)) with { LoggerFactory = log.ToFactory() },
            LabelsTopic = "labels" + name,
            Labels = Cluster(kafka, new DatasetColumn("y", ColumnType.Boolean)) with { Label = LabelColumn.Binary("y") },
            JoinBy = joinBy ?? LabelJoinKey.RecordKey,
        }).RunAsync(Token);
        return (result, log);
    }

    private static MonitorOptions Options(EmbeddedKafka kafka) => new()
    {
        ScoresTopic = "scores",
        Scores = Cluster(kafka, new DatasetColumn("PredictedLabel", ColumnType.Boolean), new DatasetColumn("Probability", ColumnType.Single)),
        LabelsTopic = "input",
        Labels = Input(kafka),
        Segment = "country",
        Window = MonitorWindow.Rows(500),
    };

    /// <summary>Writes rows with labels, and scores of most of them by two versions, one after the other.</summary>
    /// <returns>The accuracy of each version, and the number of rows that were scored.</returns>
    private static async Task<(double[] Accuracy, int Rows)> WriteInputAndScoresAsync(EmbeddedKafka kafka)
    {
        const int Rows = 4000;
        kafka.CreateTopic("input", Partitions);
        kafka.CreateTopic("scores", Partitions);
        var random = new Random(1);
        int[] correct = new int[2];
        int[] count = new int[2];
        using IProducer<byte[], byte[]> producer = Producer(kafka);
        for (int i = 0; i < Rows + 100; i++)
        {
            bool label = random.Next(2) == 0;
            int partition = i % Partitions;
            long offset = i / Partitions;
            Produce(producer, "input", partition, Begin + i, null, $$"""{"x":{{i}},"country":"{{(i % 3 == 0 ? "de" : "fr")}}","y":{{(label ? "true" : "false")}}}""", null, null);
            if (i >= Rows)
            {
                continue;
            }

            int version = i < Rows / 2 ? 0 : 1;
            bool isWrong = random.NextDouble() < (version == 0 ? 0.1 : i < Rows * 3 / 4 ? 0.1 : 0.45);
            bool predicted = label != isWrong;
            string value = string.Create(CultureInfo.InvariantCulture, $"{{\"PredictedLabel\":{(predicted ? "true" : "false")},\"Probability\":{(predicted ? 0.5 + (random.NextDouble() / 2) : random.NextDouble() / 2):0.######}}}");
            for (int copies = i % 600 == 0 ? 2 : 1; copies > 0; copies--)
            {
                Produce(producer, "scores", partition, Begin + 3_600_000 + i, null, value, (partition, offset), $"m{version + 1}", Begin + i);
            }

            count[version]++;
            correct[version] += isWrong ? 0 : 1;
        }

        await Task.Run(() => producer.Flush(Token), Token);
        return ([.. correct.Zip(count, (c, n) => (double)c / n)], Rows);
    }

    private static IProducer<byte[], byte[]> Producer(EmbeddedKafka kafka) =>
        new ProducerBuilder<byte[], byte[]>(new ProducerConfig { BootstrapServers = kafka.BootstrapServers, LingerMs = 20 }).SetLogHandler((_, _) => { }).Build();

    private static void Produce(IProducer<byte[], byte[]> producer, string topic, int partition, long time, string? key, string value, (int Partition, long Offset)? input, string? version, long? inputTime = null, string? inputTopic = "input")
    {
        var headers = new Headers();
        if (input is { } position)
        {
            if (inputTopic is not null)
            {
                headers.Add("kafkadatasets.input.topic", Encoding.UTF8.GetBytes(inputTopic));
            }

            headers.Add("kafkadatasets.input.partition", Encoding.UTF8.GetBytes(FormattableString.Invariant($"{position.Partition}")));
            headers.Add("kafkadatasets.input.offset", Encoding.UTF8.GetBytes(FormattableString.Invariant($"{position.Offset}")));
        }

        if (inputTime is { } ofInput)
        {
            headers.Add("kafkadatasets.input.timestamp", Encoding.UTF8.GetBytes(FormattableString.Invariant($"{ofInput}")));
        }

        if (version is not null)
        {
            headers.Add("kafkadatasets.model.version", Encoding.UTF8.GetBytes(version));
        }

        producer.Produce(new TopicPartition(topic, partition), new Message<byte[], byte[]>
        {
            Key = key is null ? null! : Encoding.UTF8.GetBytes(key),
            Value = Encoding.UTF8.GetBytes(value),
            Headers = headers,
            Timestamp = new Timestamp(time, TimestampType.CreateTime),
        });
    }
}
