using System.Text;
using KafkaDatasets.IntegrationTests.Cluster;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Scoring;

/// <summary>Scorers and learners whose names are the same once they are joined by hyphens: none ends the transactions of another.</summary>
public sealed class AlikeNamesTests(SharedKafka shared)
{
    private const int Rows = 100;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = 240_000)]
    public async Task Scorers_do_not_fence_each_other()
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string group = $"group-{Guid.NewGuid():N}";
        string topic = $"topic-{Guid.NewGuid():N}";
        await using KafkaScorer first = await JoinAsync(kafka, group, $"eu-{topic}");
        await using KafkaScorer second = await JoinAsync(kafka, $"{group}-eu", topic);
        foreach (KafkaScorer scorer in new[] { first, second, first })
        {
            await kafka.ProduceAsync(scorer.Topic, Enumerable.Range(0, Rows).Select(i => (0, (byte[]?)Encoding.UTF8.GetBytes($$"""{"X":{{i}}}"""))));
            Assert.Equal(0, (await scorer.RunAsync(StopAt.CaughtUp, Cancelled)).Aborted);
        }

        Assert.Equal((2 * Rows, Rows), (first.Totals.Rows, second.Totals.Rows));
    }

    [Fact(Timeout = 240_000)]
    public async Task Learners_do_not_fence_each_other()
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync();
        await using OnlineTrainer first = await StartAsync(kafka, topic, $"{topic}.models", "eu-one");
        await using OnlineTrainer second = await StartAsync(kafka, topic, $"{topic}.models-eu", "one");
        foreach (OnlineTrainer trainer in new[] { first, second, first })
        {
            await kafka.ProduceAsync(topic, Enumerable.Range(0, Rows).Select(i => (0, (byte[]?)Encoding.UTF8.GetBytes($$"""{"X":{{i}},"Y":{{i}}}"""))));
            await trainer.RunAsync(StopAt.CaughtUp, Cancelled);
        }

        Assert.Equal(3 * Rows, first.Checkpoint!.Rows);
    }

    private static async Task<KafkaScorer> JoinAsync(KafkaDriver kafka, string group, string topic)
    {
        await kafka.CreateTopicAsync(name: topic);
        var ml = new MLContext();
        ITransformer model = ml.Transforms.Expression("Score", "x => x * 2f", "X").Fit(ml.Data.LoadFromEnumerable<Row>([]));
        return await KafkaScorer.JoinAsync(topic, Options(kafka), new ScorerOptions
        {
            GroupId = group,
            OutputTopic = $"{topic}.scores",
            InstanceId = "0",
            Model = ModelSource.Of(new ScoringModel("twice", model, TimeProvider.System.GetUtcNow())),
        }, Cancelled);
    }

    private static Task<OnlineTrainer> StartAsync(KafkaDriver kafka, string topic, string checkpoints, string name) => OnlineTrainer.StartAsync(
        topic,
        Options(kafka) with { Label = LabelColumn.Regression("Y") },
        OnlineLearner.Ftrl(OnlineTask.Regression, ["X"]),
        new OnlineTrainerOptions { Live = new LiveOptions { GroupId = $"group-{checkpoints}" }, Checkpoints = CheckpointStore.Topic(checkpoints, name, Options(kafka)) },
        Cancelled);

    private static KafkaDatasetOptions Options(KafkaDriver kafka) => new()
    {
        BootstrapServers = kafka.BootstrapServers,
        Format = RecordFormat.Json([new DatasetColumn("X", ColumnType.Single), new DatasetColumn("Y", ColumnType.Single) { IsNullable = true }]),
    };

    private sealed class Row
    {
        public float X { get; set; }
    }
}
