using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.Tests.Monitoring;

/// <summary>What a scorer writes, a monitor reads.</summary>
public sealed class MonitoredScorerTests
{
    private const int Rows = 2000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Rows of a year ago are scored today by two models; their labels are found by position, with the event times of then.</summary>
    [Fact]
    public async Task Scores_of_old_rows_are_joined_with_their_labels()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        kafka.CreateTopic("input", 3);
        long begin = TimeProvider.System.GetUtcNow().AddDays(-365).ToUnixTimeMilliseconds();
        int right = 0;
        int rightOfOther = 0;
        var random = new Random(5);
        using (IProducer<Null, byte[]> producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = kafka.BootstrapServers, LingerMs = 5 }).SetLogHandler((_, _) => { }).Build())
        {
            for (int i = 0; i < Rows; i++)
            {
                float x = random.Next(1, 100) / 100f;
                bool label = random.NextDouble() < x;
                right += label == x >= 0.5f ? 1 : 0;
                rightOfOther += label == 1 - x >= 0.5f ? 1 : 0;
                producer.Produce(new TopicPartition("input", i % 3), new Message<Null, byte[]>
                {
                    Value = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"x":{{x}},"y":{{(label ? "true" : "false")}}}""")),
                    Timestamp = new Timestamp(begin + i, TimestampType.CreateTime),
                });
            }

            await Task.Run(() => producer.Flush(Token), Token);
        }

        var input = new KafkaDatasetOptions { BootstrapServers = kafka.BootstrapServers, Format = RecordFormat.Json([new DatasetColumn("x", ColumnType.Single), new DatasetColumn("y", ColumnType.Boolean)]), ClientConfig = EmbeddedGroups.Quick };
        await ScoreAsync(input, "good", "x => x");
        await ScoreAsync(input, "bad", "x => 1 - x");

        MonitorResult result = await new KafkaMonitor(new MonitorOptions
        {
            ScoresTopic = "scores",
            Scores = input with { Format = RecordFormat.Json([new DatasetColumn("Probability", ColumnType.Single)]) },
            LabelsTopic = "input",
            Labels = input with { Label = LabelColumn.Binary("y") },
            Grace = TimeSpan.FromSeconds(1),
            Window = MonitorWindow.Rows(1000),
        }).RunAsync(Token);
        Assert.Equal(["bad", "good"], result.Models.Select(m => m.Version));
        Assert.All(result.Models, m => Assert.Equal((Rows, 0), (m.Metrics.Rows, m.Metrics.Unmatched)));
        Assert.Equal((double)right / Rows, result.Models[1].Metrics.Accuracy, 1e-12);
        Assert.Equal((double)rightOfOther / Rows, result.Models[0].Metrics.Accuracy, 1e-12);
        Assert.InRange(result.Models[1].Metrics.CalibrationError, 0, 0.05); // it predicts what the labels were drawn by
        Assert.Equal(begin, result.Models[1].Windows[0].Start.ToUnixTimeMilliseconds());
        Assert.Equal((0, 0, 0, 0), (result.UnusedLabels, result.LateScores, result.DoubledScores, result.UnusableScores));
    }

    private static async Task ScoreAsync(KafkaDatasetOptions input, string version, string probability)
    {
        var ml = new MLContext(1);
        IDataView empty = ml.Data.LoadFromEnumerable<Row>([]);
        ITransformer model = ml.Transforms.Expression("Probability", probability, "x").Fit(empty);
        await using KafkaScorer scorer = await KafkaScorer.JoinAsync("input", input, new ScorerOptions
        {
            GroupId = version,
            OutputTopic = "scores",
            Model = ModelSource.Of(new ScoringModel(version, model, TimeProvider.System.GetUtcNow(), empty.Schema)),
            Delivery = Delivery.AtLeastOnce,
            CommitInterval = TimeSpan.FromMilliseconds(50),
        }, Token);
        ScoringTotals totals = await scorer.RunAsync(StopAt.CaughtUp, Token);
        Assert.Equal(Rows, totals.Rows);
    }

    private sealed class Row
    {
        [Microsoft.ML.Data.ColumnName("x")]
        public float X { get; set; }
    }
}
