using Confluent.Kafka.Admin;
using KafkaDatasets.IntegrationTests.Cluster;
using KafkaDatasets.IntegrationTests.Faults;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Scoring;

/// <summary>Topics of a scorer that are deleted and created again while it exists.</summary>
public sealed class DeletedTopicsTests(SharedKafka shared)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>The client learns that the topic exists again a while after the run has begun: failures of the run before do not count.</summary>
    [Fact(Timeout = 240_000)]
    public async Task A_run_after_one_that_failed_repeats_for_the_whole_time_out()
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        using ScoredTopic topic = await ScoredTopic.CreateAsync(kafka, 1, 1, poisonEvery: 10);
        await topic.AppendAsync(5);
        await using (KafkaScorer scorer = await KafkaScorer.JoinAsync(topic.Input, Dataset(topic) with { Timeout = TimeSpan.FromSeconds(8) }, topic.Options(), Cancelled))
        {
            await scorer.RunAsync(StopAt.CaughtUp, Cancelled);
            await kafka.DeleteTopicAsync(topic.DeadLetters!);
            await topic.AppendAsync(15);
            ScoringException e = await Assert.ThrowsAsync<ScoringException>(() => scorer.RunAsync(StopAt.CaughtUp, Cancelled));
            Assert.Contains(topic.DeadLetters!, e.Message);
            await kafka.Admin.CreateTopicsAsync([new TopicSpecification { Name = topic.DeadLetters, NumPartitions = 1, ReplicationFactor = 1 }]);
            Assert.Equal(2, (await scorer.RunAsync(StopAt.CaughtUp, Cancelled)).DeadLetters);
        }

        await topic.AssertExactAsync();
    }

    [Theory(Timeout = 240_000)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Models_of_a_topic_that_was_deleted_and_created_again_are_used(int before)
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        using ScoredTopic topic = await ScoredTopic.CreateAsync(kafka, 1, 1);
        string models = $"{topic.Input}-models";
        for (int i = 0; i < before; i++)
        {
            await PublishAsync(kafka, models, 2 + i);
        }

        var log = new CapturedLog();
        ScorerOptions options = topic.Options() with { Model = ModelSource.Topic(models, "m", Dataset(topic)), ModelCheckInterval = TimeSpan.FromMilliseconds(100) };
        await using KafkaScorer scorer = await KafkaScorer.JoinAsync(topic.Input, Dataset(topic) with { LoggerFactory = log }, options, Cancelled);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        Task run = scorer.RunAsync(StopAt.Never, end.Token);
        foreach (int factor in (int[])[7, 8])
        {
            int told = CountMissing();
            await kafka.DeleteTopicAsync(models);
            await Until.TrueAsync(() => Task.FromResult(CountMissing() > told), TimeSpan.FromSeconds(60), () => "it is not told that the topic is missing", Cancelled);
            string version = await PublishAsync(kafka, models, factor);
            while (scorer.ModelVersion != version)
            {
                Assert.False(run.IsCompleted, $"{run.Exception}");
                long scored = scorer.Totals.Rows;
                await topic.AppendAsync(1); // models are swapped between batches
                await Until.TrueAsync(() => Task.FromResult(scorer.Totals.Rows > scored || run.IsCompleted), TimeSpan.FromSeconds(60), () => "the row is not scored", Cancelled);
            }
        }

        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);

        int CountMissing() => log.Lines.Count(l => l.Id.Id == 71 && l.Text.Contains($"'{models}' does not exist", StringComparison.Ordinal));
    }

    /// <summary>With the client's own session time-out: the brokers refuse the short one.</summary>
    private static KafkaDatasetOptions Dataset(ScoredTopic topic) => topic.Dataset() with { ClientConfig = new Dictionary<string, string>() };

    private static async Task<string> PublishAsync(KafkaDriver kafka, string topic, int factor)
    {
        var ml = new MLContext();
        IDataView empty = ml.Data.LoadFromEnumerable<Row>([]);
        ITransformer model = ml.Transforms.Expression("Score", $"x => x * {factor}f", "Half").Fit(empty);
        return await ModelTopic.PublishAsync(topic, "m", model, empty.Schema, new KafkaWriterOptions { BootstrapServers = kafka.BootstrapServers }, cancellationToken: Cancelled);
    }

    private sealed class Row
    {
        public long Id { get; set; }

        public float Half { get; set; }
    }
}
