using Confluent.Kafka;
using KafkaDatasets.IntegrationTests.Cluster;
using KafkaDatasets.IntegrationTests.Faults;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Learning;

/// <summary>Checkpoints in a compacted topic of a real broker, in one transaction with the group's offsets.</summary>
public sealed class TopicCheckpointTests(SharedKafka shared)
{
    private const int Rows = 20_000;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>A learner that ends and starts again learns every row once; the offsets of the group are those of the checkpoint; learning again from the journal gives the same model.</summary>
    [Fact]
    public async Task Checkpoint_and_offsets_are_one_transaction()
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync(partitions: 2);
        string models = $"{topic}.models";
        await kafka.ProduceAsync(topic, Values(0, Rows));
        KafkaDatasetOptions options = Options(kafka);
        CheckpointStore store = CheckpointStore.Topic(models, "one", options);
        Assert.Null(await store.ReadLatestAsync(Cancelled));
        long first = await LearnAsync(topic, options, store, StopAt.Offsets(new Dictionary<int, long> { [0] = 4000, [1] = 3000 }));
        Assert.Equal(7000, first);
        Assert.Equal(Rows, await LearnAsync(topic, options, store, StopAt.CaughtUp));
        LearningCheckpoint last = (await store.ReadLatestAsync(Cancelled))!;
        Assert.Equal(Rows, last.Rows);

        using IConsumer<byte[], byte[]> witness = new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig { BootstrapServers = kafka.BootstrapServers, GroupId = $"group-{topic}" }).Build();
        TopicPartition[] partitions = [new(topic, 0), new(topic, 1)];
        Assert.Equal(last.Positions.OrderBy(p => p.Key).Select(p => p.Value), witness.Committed(partitions, TimeSpan.FromSeconds(10)).Select(c => c.Offset.Value));

        IOnlineLearner again = Learner();
        Assert.Equal(last.Metrics, await OnlineTrainer.ReplayAsync(topic, options, again, store, cancellationToken: Cancelled));
        IOnlineLearner learned = Learner();
        last.Restore(learned);
        Assert.Equal(StateOf(learned), StateOf(again));
        Assert.Equal("compact", (await kafka.Admin.DescribeConfigsAsync([new() { Name = models, Type = Confluent.Kafka.Admin.ResourceType.Topic }]))[0].Entries["cleanup.policy"].Value);
        await kafka.Admin.DeleteTopicsAsync([models]);
    }

    /// <summary>A newer learner with the same name fences the older one, whose next checkpoint is never visible.</summary>
    [Fact]
    public async Task A_newer_learner_fences_the_older_one()
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync(partitions: 1);
        string models = $"{topic}.models";
        KafkaDatasetOptions options = Options(kafka);
        CheckpointStore store = CheckpointStore.Topic(models, "one", options);
        await kafka.ProduceAsync(topic, Values(0, 1000, 1));
        await using OnlineTrainer old = await OnlineTrainer.StartAsync(topic, options, Learner(), TrainerOptions(topic, store), Cancelled);
        await old.RunAsync(StopAt.CaughtUp, Cancelled);

        // Another process with another group: only the name is the same.
        IOnlineLearner learner = Learner();
        await using OnlineTrainer next = await OnlineTrainer.StartAsync(topic, options, learner, TrainerOptions(topic, store) with { Live = new LiveOptions { GroupId = $"other-{topic}" } }, Cancelled);
        Assert.Equal(1000, learner.Rows);
        await kafka.ProduceAsync(topic, Values(1000, 500, 1));
        CheckpointException e = await Assert.ThrowsAsync<CheckpointException>(() => old.RunAsync(StopAt.CaughtUp, Cancelled));
        Assert.Contains("taken over", e.Message);
        Assert.Equal(1000, (await store.ReadLatestAsync(Cancelled))!.Rows);
        await next.RunAsync(StopAt.CaughtUp, Cancelled);
        Assert.Equal(1500, (await store.ReadLatestAsync(Cancelled))!.Rows);
        await kafka.Admin.DeleteTopicsAsync([models]);
    }

    /// <summary>A topic that somebody has made with the brokers' defaults keeps checkpoints and models for a week only.</summary>
    [Theory]
    [InlineData("delete", true)]
    [InlineData("compact,delete", true)]
    [InlineData("compact", false)]
    public async Task A_topic_that_is_not_compacted_is_warned_of(string policy, bool isWarned)
    {
        var log = new CapturedLog();
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync(partitions: 1);
        string models = await kafka.CreateTopicAsync(config: new Dictionary<string, string> { ["cleanup.policy"] = policy, ["retention.ms"] = "3600000" }, name: $"{topic}.models");
        await kafka.ProduceAsync(topic, Values(0, 1000, 1));
        KafkaDatasetOptions options = Options(kafka) with { LoggerFactory = log };
        await LearnAsync(topic, options, CheckpointStore.Topic(models, "one", options), StopAt.CaughtUp);
        Assert.Equal(isWarned ? 1 : 0, log.Lines.Count(l => l.Id.Id == 28 && l.Text.Contains(models) && l.Text.Contains(policy) && l.Text.Contains("3600000")));

        log = new CapturedLog();
        var ml = new MLContext();
        IDataView rows = ml.Data.LoadFromEnumerable<Row>([]);
        await ModelTopic.PublishAsync(models, "v1", ml.Transforms.CopyColumns("Y", "X").Fit(rows), rows.Schema, new KafkaWriterOptions { BootstrapServers = kafka.BootstrapServers, LoggerFactory = log }, cancellationToken: Cancelled);
        Assert.Equal(isWarned ? 1 : 0, log.Lines.Count(l => l.Id.Id == 28));
        await kafka.Admin.DeleteTopicsAsync([models]);
    }

    /// <summary>A topic that does not accept a checkpoint is named at once, however long the time-out.</summary>
    [Fact(Timeout = 120_000)]
    public async Task A_checkpoint_that_is_too_large_for_the_topic_is_named()
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync(partitions: 1);
        string models = await kafka.CreateTopicAsync(1, new Dictionary<string, string> { ["cleanup.policy"] = "compact", ["max.message.bytes"] = "100" });
        KafkaDatasetOptions options = Options(kafka) with { Timeout = TimeSpan.FromMinutes(5) };
        await kafka.ProduceAsync(topic, Values(0, 1000, 1));
        await using OnlineTrainer trainer = await OnlineTrainer.StartAsync(topic, options, Learner(), TrainerOptions(topic, CheckpointStore.Topic(models, "one", options)), Cancelled);
        CheckpointException e = await Assert.ThrowsAsync<CheckpointException>(() => trainer.RunAsync(StopAt.CaughtUp, Cancelled));
        Assert.Equal((models, topic), (e.Location, e.Topic));
        Assert.Contains("max.message.bytes", e.Message);
    }

    /// <summary>No checkpoint is left to go on from, which the exception says; the next trainer begins anew.</summary>
    [Fact(Timeout = 120_000)]
    public async Task A_topic_of_checkpoints_that_was_deleted_is_named()
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync(partitions: 1);
        string models = $"{topic}.models";
        KafkaDatasetOptions options = Options(kafka) with { Timeout = TimeSpan.FromSeconds(5) };
        CheckpointStore store = CheckpointStore.Topic(models, "one", options);
        await kafka.ProduceAsync(topic, Values(0, 1000, 1));
        await using (OnlineTrainer trainer = await OnlineTrainer.StartAsync(topic, options, Learner(), TrainerOptions(topic, store), Cancelled))
        {
            await trainer.RunAsync(StopAt.CaughtUp, Cancelled);
            await kafka.Admin.DeleteTopicsAsync([models]);
            await kafka.ProduceAsync(topic, Values(1000, 500, 1));
            CheckpointException e = await Assert.ThrowsAsync<CheckpointException>(() => trainer.RunAsync(StopAt.CaughtUp, Cancelled));
            Assert.Contains($"topic '{models}': the topic does not exist any more", e.Message);
            Assert.DoesNotContain("still valid", e.Message);
        }

        Assert.Equal(1500, await LearnAsync(topic, options, store, StopAt.CaughtUp));
        await kafka.Admin.DeleteTopicsAsync([models]);
    }

    /// <summary>A learner is reset by tombstones, which count before compaction; headers that are damaged are told like other damage.</summary>
    [Fact(Timeout = 120_000)]
    public async Task Tombstones_count_at_once_and_damaged_headers_are_named()
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync(partitions: 1);
        string models = $"{topic}.models";
        KafkaDatasetOptions options = Options(kafka);
        CheckpointStore store = CheckpointStore.Topic(models, "one", options);
        await kafka.ProduceAsync(topic, Values(0, 1000, 1));
        Assert.Equal(1000, await LearnAsync(topic, options, store, StopAt.CaughtUp));
        using IProducer<string, byte[]?> producer = new ProducerBuilder<string, byte[]?>(new ProducerConfig { BootstrapServers = kafka.BootstrapServers }).Build();

        Task PutAsync(string key, byte[]? value, params (string Name, byte[]? Value)[] headers)
        {
            var all = new Headers();
            Array.ForEach(headers, h => all.Add(h.Name, h.Value));
            return producer.ProduceAsync(new TopicPartition(models, 0), new Message<string, byte[]?> { Key = key, Value = value, Headers = all }, Cancelled);
        }

        LearningCheckpoint latest = (await store.ReadLatestAsync(Cancelled))!;
        await PutAsync("one/journal/1", null);
        CheckpointException journal = await Assert.ThrowsAsync<CheckpointException>(() => OnlineTrainer.ReplayAsync(topic, options, Learner(), store, latest, Cancelled));
        Assert.Contains("lacks the segment 1", journal.Message);

        await PutAsync("one/checkpoint/0", null);
        Assert.Null(await store.ReadLatestAsync(Cancelled));
        Assert.Equal(1000, await LearnAsync(topic, options, store, StopAt.CaughtUp));
        Assert.Equal(1, (await store.ReadLatestAsync(Cancelled))!.Number);

        foreach (string? parts in new[] { "99999999999", "-1", "0", "x", null })
        {
            await PutAsync("one/checkpoint/0", [1], ("checkpoint", [49]), ("parts", parts is null ? null : System.Text.Encoding.UTF8.GetBytes(parts)));
            CheckpointException e = await Assert.ThrowsAsync<CheckpointException>(() => store.ReadLatestAsync(Cancelled));
            Assert.Contains("'parts'", e.Message);
        }

        await kafka.Admin.DeleteTopicsAsync([models]);
    }

    private static async Task<long> LearnAsync(string topic, KafkaDatasetOptions options, CheckpointStore store, StopAt stopAt)
    {
        await using OnlineTrainer trainer = await OnlineTrainer.StartAsync(topic, options, Learner(), TrainerOptions(topic, store), Cancelled);
        return (await trainer.RunAsync(stopAt, Cancelled)).Rows;
    }

    private static IOnlineLearner Learner() => OnlineLearner.Ftrl(OnlineTask.BinaryClassification, ["lepton_1_pT", "lepton_1_eta", "missing_energy_magnitude"]);

    private static OnlineTrainerOptions TrainerOptions(string topic, CheckpointStore store) => new()
    {
        Live = new LiveOptions { GroupId = $"group-{topic}" },
        Checkpoints = store,
        CheckpointRows = 3000,
        BatchSize = 500,
    };

    private static byte[] StateOf(IOnlineLearner learner)
    {
        using var stream = new MemoryStream();
        learner.Save(stream);
        return stream.ToArray();
    }

    private static IEnumerable<(int Partition, byte[]? Value)> Values(int first, int count, int partitions = 2) =>
        Enumerable.Range(first, count).Select(number => (number % partitions, (byte[]?)Susy.Record(0, number)[5..]));

    private static KafkaDatasetOptions Options(KafkaDriver kafka) => new()
    {
        BootstrapServers = kafka.BootstrapServers,
        Format = RecordFormat.Avro(Susy.Schema),
        Label = LabelColumn.Binary("signal"),
    };

    private sealed class Row
    {
        public float X { get; set; }
    }
}
