using Confluent.Kafka;
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

    private static async Task PoisonAsync(LearningTopic topic)
    {
        using IProducer<Null, byte[]> producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = topic.Dataset.BootstrapServers }).Build();
        await producer.ProduceAsync(new TopicPartition(LearningTopic.Name, 0), new Message<Null, byte[]> { Value = "{poison"u8.ToArray() }, Token);
    }
}
