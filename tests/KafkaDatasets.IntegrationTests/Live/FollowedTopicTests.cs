using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KafkaDatasets.IntegrationTests.Cluster;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Live;

/// <summary>Topics that change while they are followed.</summary>
public sealed class FollowedTopicTests(SharedKafka shared)
{
    public static TheoryData<FetchEngine, string> Ways => new()
    {
        { FetchEngine.Direct, "consumer" },
        { FetchEngine.Direct, "classic" },
        { FetchEngine.Consumer, "consumer" },
        { FetchEngine.Consumer, "classic" },
    };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>Whoever starts at the end of the log loses no record of a partition that is added while it follows.</summary>
    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Partitions_that_are_added_are_read_from_their_beginning(FetchEngine engine, string protocol)
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync(partitions: 1);
        await kafka.ProduceAsync(topic, Values(0, 0, 100));
        await using KafkaLiveDataset live = await JoinAsync(kafka, topic, engine, protocol, start: LiveStart.Latest);
        var read = new List<int>();
        bool isAdded = false;
        await using IAsyncEnumerator<LiveBatch> batches = live.ReadBatchesAsync(new LiveBatchOptions { StopAt = StopAt.CaughtUp }, Cancelled).GetAsyncEnumerator(Cancelled);
        Assert.False(await batches.MoveNextAsync()); // it starts at the end
        await kafka.ProduceAsync(topic, Values(0, 100, 10));
        await foreach (LiveBatch batch in live.ReadBatchesAsync(cancellationToken: Cancelled))
        {
            using (batch)
            {
                TopicRows.Collect(batch, read);
                await batch.CommitAsync(Cancelled);
            }

            if (read.Count >= 10 && !isAdded)
            {
                isAdded = true;
                await kafka.Admin.CreatePartitionsAsync([new PartitionsSpecification { Topic = topic, IncreaseTo = 3 }]);
                await Until.TrueAsync(() => TryWriteAsync(kafka, topic), TimeSpan.FromSeconds(30), () => "the partitions are not there", Cancelled);
            }

            if (read.Count == 210)
            {
                break;
            }
        }

        Assert.Equal(Enumerable.Range(100, 210), read.Order());
        Assert.Equal([0, 1, 2], live.Assignment);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_topic_that_is_deleted_ends_the_read(FetchEngine engine, string protocol)
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync(partitions: 2);
        DataLossException e = await ReadUntilAsync<DataLossException>(kafka, topic, engine, protocol, () => kafka.DeleteTopicAsync(topic));
        Assert.Equal(topic, e.Topic);
        Assert.Contains("deleted", e.Message, StringComparison.Ordinal);
    }

    /// <summary>The caller is told what has happened to the topic, whether the group refuses its commit, has taken its partitions away, or has stored the offsets yet.</summary>
    [Theory(Timeout = 120_000)]
    [MemberData(nameof(Ways))]
    public async Task A_commit_of_rows_of_a_deleted_topic_tells_of_the_deletion(FetchEngine engine, string protocol)
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync(partitions: 2);
        await kafka.ProduceAsync(topic, Values(0, 0, 50).Concat(Values(1, 50, 50)));
        await using KafkaLiveDataset live = await JoinAsync(kafka, topic, engine, protocol);
        bool isDeleted = false;
        DataLossException e = await Assert.ThrowsAsync<DataLossException>(async () =>
        {
            await foreach (LiveBatch batch in live.ReadBatchesAsync(new LiveBatchOptions { BatchSize = 10 }, Cancelled))
            {
                using (batch)
                {
                    if (!isDeleted)
                    {
                        isDeleted = true;
                        await kafka.DeleteTopicAsync(topic);
                    }

                    await batch.CommitAsync(Cancelled);
                }
            }
        });
        Assert.Equal(topic, e.Topic);
        Assert.Contains("deleted", e.Message, StringComparison.Ordinal);
    }

    /// <summary>With the protocol of KIP-848, the group takes the partitions of a deleted topic away, as if another learner had come.</summary>
    [Theory(Timeout = 120_000)]
    [InlineData("consumer")]
    [InlineData("classic")]
    public async Task A_topic_that_is_deleted_ends_its_learner(string protocol)
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync(partitions: 2);
        await kafka.ProduceAsync(topic, Values(0, 0, 50).Concat(Values(1, 50, 50)));
        string folder = Directory.CreateTempSubdirectory("kafka-learning").FullName;
        try
        {
            await using OnlineTrainer trainer = await OnlineTrainer.StartAsync(
                topic,
                Options(kafka, FetchEngine.Auto, protocol),
                OnlineLearner.Ftrl(OnlineTask.BinaryClassification, ["lepton_1_pT", "lepton_1_eta"]),
                new OnlineTrainerOptions { Live = new LiveOptions { GroupId = $"group-{topic}" }, Checkpoints = CheckpointStore.Directory(folder), CheckpointRows = 100 },
                Cancelled);
            Task run = trainer.RunAsync(StopAt.Never, Cancelled);
            await Until.TrueAsync(() => Task.FromResult(trainer.Checkpoint is not null), TimeSpan.FromSeconds(60), () => "no checkpoint", Cancelled);
            await kafka.DeleteTopicAsync(topic);
            DataLossException e = await Assert.ThrowsAsync<DataLossException>(() => run);
            Assert.Contains("deleted", e.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Also when the new topic has more records than were read of the old one, so that every offset is in its log.</summary>
    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_topic_that_is_recreated_ends_the_read(FetchEngine engine, string protocol)
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync(partitions: 2);
        DataLossException e = await ReadUntilAsync<DataLossException>(kafka, topic, engine, protocol, async () =>
        {
            await kafka.DeleteTopicAsync(topic);
            await kafka.CreateTopicAsync(partitions: 2, name: topic);
            await kafka.ProduceAsync(topic, Values(0, 0, 500).Concat(Values(1, 500, 500)));
        });
        Assert.Equal(topic, e.Topic);
        Assert.Contains("recreated", e.Message, StringComparison.Ordinal);
    }

    /// <summary>Records that are deleted before a follower has fetched them end the read, or are skipped up to what is left.</summary>
    [Theory]
    [InlineData(DataLossPolicy.Throw)]
    [InlineData(DataLossPolicy.Skip)]
    public async Task Records_that_are_deleted_before_they_are_read(DataLossPolicy policy)
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync();
        string text = new('x', 10_000); // 20 MB in all, far more than the member prefetches
        await kafka.ProduceAsync(topic, Enumerable.Range(0, 2000).Select(i => (0, (byte[]?)Encoding.UTF8.GetBytes($$"""{"id":{{i}},"text":"{{text}}"}"""))));
        await using KafkaLiveDataset live = await KafkaLiveDataset.JoinAsync(
            topic,
            new KafkaDatasetOptions
            {
                BootstrapServers = kafka.BootstrapServers,
                Format = RecordFormat.Json([new DatasetColumn("id", ColumnType.Single), new DatasetColumn("text", ColumnType.Text)]),
                Features = ["id"],
                OnDataLoss = policy,
                PrefetchBytes = 1 << 20,
            },
            new LiveOptions { GroupId = $"group-{topic}" },
            Cancelled);
        var read = new List<int>();
        long next = 0;
        bool isDeleted = false;
        async Task ReadAsync()
        {
            await foreach (LiveBatch batch in live.ReadBatchesAsync(new LiveBatchOptions { BatchSize = 10 }, Cancelled))
            {
                using (batch)
                {
                    TopicRows.Collect(batch, read);
                    PartitionRange range = Assert.Single(batch.Ranges);
                    Assert.Equal(next, range.Start);
                    next = range.End;
                    await batch.CommitAsync(Cancelled);
                }

                if (!isDeleted)
                {
                    isDeleted = true;
                    await kafka.DeleteRecordsAsync(topic, 0, 1900);
                }

                if (read[^1] == 1999)
                {
                    break;
                }
            }
        }

        if (policy == DataLossPolicy.Throw)
        {
            DataLossException e = await Assert.ThrowsAsync<DataLossException>(ReadAsync);
            Assert.Equal((topic, 0, next), (e.Topic, e.Partition, e.Offset));
            Assert.Contains("starts at offset 1900", e.Message, StringComparison.Ordinal);
        }
        else
        {
            await ReadAsync();
            Assert.Equal(2000, next);
            Assert.InRange(read.Count, 101, 1500);
        }

        int before = read.TakeWhile((id, i) => id == i).Count();
        Assert.Equal(policy == DataLossPolicy.Throw ? [] : Enumerable.Range(1900, 100), read.Skip(before));
    }

    private static async Task<T> ReadUntilAsync<T>(KafkaDriver kafka, string topic, FetchEngine engine, string protocol, Func<Task> change)
        where T : Exception
    {
        await kafka.ProduceAsync(topic, Values(0, 0, 50).Concat(Values(1, 50, 50)));
        await using KafkaLiveDataset live = await JoinAsync(kafka, topic, engine, protocol);
        var read = new List<int>();
        bool isChanged = false;
        T failure = await Assert.ThrowsAsync<T>(async () =>
        {
            await foreach (LiveBatch batch in live.ReadBatchesAsync(cancellationToken: Cancelled))
            {
                using (batch)
                {
                    TopicRows.Collect(batch, read);
                    await batch.CommitAsync(Cancelled);
                }

                if (read.Count >= 100 && !isChanged)
                {
                    isChanged = true;
                    await change();
                }
            }
        });
        Assert.Equal(Enumerable.Range(0, 100), read.Take(100).Order());
        return failure;
    }

    private static async Task<bool> TryWriteAsync(KafkaDriver kafka, string topic)
    {
        try
        {
            await kafka.ProduceAsync(topic, Values(1, 110, 100).Concat(Values(2, 210, 100)));
            return true;
        }
        catch (KafkaException e) when (e.Error.Code is ErrorCode.Local_UnknownPartition or ErrorCode.UnknownTopicOrPart)
        {
            return false; // the broker does not know them yet
        }
    }

    private static IEnumerable<(int Partition, byte[]? Value)> Values(int partition, int first, int count) =>
        Enumerable.Range(first, count).Select(number => (partition, (byte[]?)Susy.Record(0, number)[5..]));

    private static KafkaDatasetOptions Options(KafkaDriver kafka, FetchEngine engine, string protocol) => new()
    {
        BootstrapServers = kafka.BootstrapServers,
        Format = RecordFormat.Avro(Susy.Schema),
        Label = LabelColumn.Binary("signal"),
        Engine = engine,
        ClientConfig = new Dictionary<string, string> { ["group.protocol"] = protocol, ["topic.metadata.refresh.interval.ms"] = "1000" },
    };

    private static Task<KafkaLiveDataset> JoinAsync(
        KafkaDriver kafka,
        string topic,
        FetchEngine engine,
        string protocol,
        LiveStart? start = null) => KafkaLiveDataset.JoinAsync(
            topic,
            Options(kafka, engine, protocol),
            new LiveOptions { GroupId = $"group-{topic}", StartAt = start ?? LiveStart.Earliest },
            Cancelled);
}
