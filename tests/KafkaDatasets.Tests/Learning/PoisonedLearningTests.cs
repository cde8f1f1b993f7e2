using Confluent.Kafka;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.Tests.Learning;

/// <summary>Records that cannot be decoded, in a topic that is learned from.</summary>
public sealed class PoisonedLearningTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_poison_row_is_named_or_skipped_and_every_other_row_is_learned_once()
    {
        using var topic = new LearningTopic();
        await topic.WriteAsync(150);
        await PoisonAsync(topic);
        await topic.WriteAsync(150);
        await PoisonAsync(topic); // the last record of the topic

        await using (OnlineTrainer trainer = await topic.StartAsync("a"))
        {
            RecordDecodingException e = await Assert.ThrowsAsync<RecordDecodingException>(() => trainer.RunAsync(StopAt.CaughtUp, Token));
            Assert.Equal((LearningTopic.Name, 0, 150L), (e.Topic, e.Partition, e.Offset));
        }

        KafkaDatasetOptions skipping = topic.Dataset with { OnBadRecord = BadRecordPolicy.Skip };
        var options = new OnlineTrainerOptions { Live = new LiveOptions { GroupId = "b" }, Checkpoints = topic.Store, BatchSize = 100 };
        IOnlineLearner learner = LearningTopic.Learner();
        await using (OnlineTrainer trainer = await OnlineTrainer.StartAsync(LearningTopic.Name, skipping, learner, options, Token))
        {
            await trainer.RunAsync(StopAt.CaughtUp, Token);
        }

        Assert.Equal(LearningTopic.Expected(300), LearnerRows.StateOf(learner));

        // Learning again from the log skips the same records.
        IOnlineLearner again = LearningTopic.Learner();
        await OnlineTrainer.ReplayAsync(LearningTopic.Name, skipping, again, topic.Store, cancellationToken: Token);
        Assert.Equal(LearningTopic.Expected(300), LearnerRows.StateOf(again));

        // What comes later is learned from there on, by a learner that starts again.
        await topic.WriteAsync(50);
        learner = LearningTopic.Learner();
        await using (OnlineTrainer trainer = await OnlineTrainer.StartAsync(LearningTopic.Name, skipping, learner, options, Token))
        {
            Assert.Equal(300, learner.Rows);
            await trainer.RunAsync(StopAt.CaughtUp, Token);
        }

        Assert.Equal(LearningTopic.Expected(350), LearnerRows.StateOf(learner));
    }

    [Fact]
    public async Task A_learner_that_fails_within_a_batch_is_not_saved_and_the_next_one_learns_every_row_once()
    {
        using var topic = new LearningTopic();
        await topic.WriteAsync(1000);
        await using (OnlineTrainer trainer = await topic.StartAsync("a", new FailingLearner(LearningTopic.Learner(), 850), with: o => o with { CheckpointRows = 300 }))
        {
            LearningException e = await Assert.ThrowsAsync<LearningException>(() => trainer.RunAsync(StopAt.CaughtUp, Token));
            Assert.Equal((LearningTopic.Name, 0, 800L), (e.Topic, e.Partition, e.Offset));
            Assert.IsType<TimeoutException>(e.InnerException);
            Assert.Equal(600, trainer.Checkpoint!.Rows);
            e = await Assert.ThrowsAsync<LearningException>(() => trainer.RunAsync(StopAt.CaughtUp, Token));
            Assert.Contains("start another one", e.Message, StringComparison.Ordinal);
            Assert.Equal(600, trainer.Checkpoint.Rows);
        }

        IOnlineLearner learner = LearningTopic.Learner();
        await using (OnlineTrainer trainer = await topic.StartAsync("a", learner))
        {
            Assert.Equal(1000, (await trainer.RunAsync(StopAt.CaughtUp, Token)).Rows);
        }

        Assert.Equal(LearningTopic.Expected(1000), LearnerRows.StateOf(learner));
    }

    [Fact]
    public async Task A_handler_that_fails_ends_learning_like_a_learner_that_does()
    {
        using var topic = new LearningTopic();
        await topic.WriteAsync(1000);
        await using OnlineTrainer trainer = await topic.StartAsync("a", with: o => o with { Detector = DriftDetector.PageHinkley(minValues: 30, threshold: 0.01) });
        trainer.DriftDetected += (_, _) => throw new TimeoutException();
        await Assert.ThrowsAsync<LearningException>(() => trainer.RunAsync(StopAt.CaughtUp, Token));
        await Assert.ThrowsAsync<LearningException>(() => trainer.RunAsync(StopAt.CaughtUp, Token));
        Assert.Null(trainer.Checkpoint);
    }

    [Fact]
    public async Task A_detector_of_right_and_wrong_is_refused_for_a_regression()
    {
        using var topic = new LearningTopic();
        KafkaDatasetOptions dataset = topic.Dataset with { Label = LabelColumn.Regression("a"), Features = ["b", "c"] };
        var options = new OnlineTrainerOptions { Live = new LiveOptions { GroupId = "a" }, Checkpoints = topic.Store, Detector = DriftDetector.Ddm() };
        InvalidOptionsException e = await Assert.ThrowsAsync<InvalidOptionsException>(() => OnlineTrainer.StartAsync(LearningTopic.Name, dataset, OnlineLearner.Ftrl(OnlineTask.Regression, ["b", "c"]), options, Token));
        Assert.Contains("Detector is DDM", e.Message, StringComparison.OrdinalIgnoreCase);
    }

    private static async Task PoisonAsync(LearningTopic topic)
    {
        using IProducer<Null, byte[]> producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = topic.Dataset.BootstrapServers }).Build();
        await producer.ProduceAsync(new TopicPartition(LearningTopic.Name, 0), new Message<Null, byte[]> { Value = "{poison"u8.ToArray() }, Token);
    }

    /// <summary>Learns as another learner does, and throws in the middle of a batch.</summary>
    private sealed class FailingLearner(IOnlineLearner learner, int rows) : IOnlineLearner
    {
        public string Name => learner.Name;

        public string Settings => learner.Settings;

        public OnlineTask Task => learner.Task;

        public IReadOnlyList<string> Features => learner.Features;

        public bool IsCalibrated => learner.IsCalibrated;

        public long Rows => learner.Rows;

        public void Learn(ReadOnlySpan<float> features, ReadOnlySpan<float> labels, Span<float> scores)
        {
            int left = (int)Math.Min(labels.Length, rows - Rows);
            learner.Learn(features[..(left * Features.Count)], labels[..left], scores[..left]);
            if (left < labels.Length)
            {
                throw new TimeoutException();
            }
        }

        public void Score(ReadOnlySpan<float> features, Span<float> scores) => learner.Score(features, scores);

        public void Save(Stream stream) => learner.Save(stream);

        public void Load(Stream stream) => learner.Load(stream);

        public ITransformer ToTransformer(MLContext ml) => learner.ToTransformer(ml);
    }
}
