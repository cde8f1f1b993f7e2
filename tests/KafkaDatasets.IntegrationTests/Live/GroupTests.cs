using System.Collections.Concurrent;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KafkaDatasets.IntegrationTests.Cluster;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Live;

/// <summary>Live reads against a real group coordinator, by both rebalance protocols.</summary>
public sealed class GroupTests(SharedKafka shared)
{
    public static TheoryData<FetchEngine, string> Ways => FollowedTopicTests.Ways;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>What lies behind is caught up with, what is aborted is no row, and what comes meanwhile is read.</summary>
    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Every_committed_row_once(FetchEngine engine, string protocol)
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync(partitions: 3);
        await kafka.ProduceAsync(topic, Values(0, 30_000));
        await kafka.ProduceTransactionAsync(topic, Values(50_000, 500), commit: false);
        await kafka.ProduceTransactionAsync(topic, Values(30_000, 3000), commit: true);
        var read = new List<int>();
        await using (KafkaLiveDataset live = await JoinAsync(kafka, topic, new() { ["group.protocol"] = protocol }, engine))
        {
            await foreach (LiveBatch batch in live.ReadBatchesAsync(new LiveBatchOptions { BatchSize = 700, StopAt = StopAt.CaughtUp }, Cancelled))
            {
                using (batch)
                {
                    TopicRows.Collect(batch, read);
                    await batch.CommitAsync(Cancelled);
                }
            }

            Assert.Equal(Enumerable.Range(0, 33_000), read.Order());
            read.Clear();
            Task writing = kafka.ProduceAsync(topic, Values(33_000, 5000));
            await foreach (LiveBatch batch in live.ReadBatchesAsync(new LiveBatchOptions { BatchSize = 700 }, Cancelled))
            {
                using (batch)
                {
                    TopicRows.Collect(batch, read);
                    await batch.CommitAsync(Cancelled);
                }

                if (read.Count >= 5000)
                {
                    break;
                }
            }

            await writing;
            Assert.Equal(Enumerable.Range(33_000, 5000), read.Order());
        }

        // The group's offsets, by Kafka's own account, are the log's ends but for markers of transactions at the end.
        using IConsumer<byte[], byte[]> witness = new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig { BootstrapServers = kafka.BootstrapServers, GroupId = $"group-{topic}" }).Build();
        TopicPartition[] partitions = [.. Enumerable.Range(0, 3).Select(p => new TopicPartition(topic, p))];
        Assert.All(witness.Committed(partitions, TimeSpan.FromSeconds(10)), c => Assert.Equal(witness.QueryWatermarkOffsets(c.TopicPartition, TimeSpan.FromSeconds(10)).High.Value, c.Offset.Value));
    }

    /// <summary>Members come and go while rows are written: with every batch committed before it is disposed, no row is read twice and none is left out.</summary>
    [Theory(Timeout = 300_000)]
    [MemberData(nameof(Ways))]
    public async Task Members_that_come_and_go_read_every_row_once(FetchEngine engine, string protocol)
    {
        const int Step = 1000;
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync(partitions: 6);
        var read = new ConcurrentDictionary<int, int>();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        int rows = 0;

        async Task WriteUntilAsync(Task ended)
        {
            // Whoever joins last gets rows too, however fast the others read.
            for (int steps = 0; steps < 10 || !ended.IsCompleted; steps++)
            {
                await kafka.ProduceAsync(topic, Values(rows, Step, 6));
                rows += Step;
                await Testing.Cluster.Until.TrueAsync(() => Task.FromResult(rows - read.Count < 10 * Step), TimeSpan.FromSeconds(120), () => $"{read.Count} of {rows} rows were read", Cancelled);
            }

            await ended;
        }

        Task FollowAsync(int most) => Task.Run(
            async () =>
            {
                await using KafkaLiveDataset live = await JoinAsync(kafka, topic, new() { ["group.protocol"] = protocol }, engine);
                int count = 0;
                try
                {
                    await foreach (LiveBatch batch in live.ReadBatchesAsync(new LiveBatchOptions { BatchSize = 300, MaxDelay = TimeSpan.FromMilliseconds(20) }, end.Token))
                    {
                        using (batch)
                        {
                            var ids = new List<int>();
                            TopicRows.Collect(batch, ids);
                            try
                            {
                                await batch.CommitAsync(Cancelled);
                            }
                            catch (PartitionsLostException e)
                            {
                                ids.RemoveAll(id => e.Partitions.Contains(id % 6)); // whoever has the partitions now reads these rows again
                            }

                            ids.ForEach(id => read.AddOrUpdate(id, 1, (_, n) => n + 1));
                            count += ids.Count;
                        }

                        if (count >= most)
                        {
                            return;
                        }
                    }
                }
                catch (OperationCanceledException) when (end.IsCancellationRequested)
                {
                    // All is read.
                }
            },
            Cancelled);

        Task[] members = [FollowAsync(int.MaxValue), FollowAsync(2000), FollowAsync(4000)];
        await WriteUntilAsync(members[1]);
        Task late = FollowAsync(int.MaxValue);
        await WriteUntilAsync(members[2]);
        await Testing.Cluster.Until.TrueAsync(() => Task.FromResult(read.Count == rows), TimeSpan.FromSeconds(120), () => $"{read.Count} of {rows} rows were read", Cancelled);
        await end.CancelAsync();
        await Task.WhenAll([.. members, late]);
        Assert.Equal(Enumerable.Range(0, rows), read.Keys.Order());
        Assert.DoesNotContain(read, r => r.Value > 1);
    }

    /// <summary>The group's protocol is the newest that the cluster has, unless a setting asks for another; Kafka's own description of the group is the witness.</summary>
    [Theory]
    [InlineData(false, null, ConsumerGroupType.Consumer)]
    [InlineData(false, "session.timeout.ms=20000", ConsumerGroupType.Classic)]
    [InlineData(false, "group.protocol=classic", ConsumerGroupType.Classic)]
    [InlineData(true, null, ConsumerGroupType.Classic)]
    public async Task The_newest_protocol_of_the_cluster(bool isOld, string? setting, ConsumerGroupType expected)
    {
        KafkaDriver kafka = isOld ? await shared.OldKafkaAsync() : await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync(partitions: 3);
        await kafka.ProduceAsync(topic, Values(0, 100));
        var read = new List<int>();
        string[]? pair = setting?.Split('=');
        await using KafkaLiveDataset live = await JoinAsync(kafka, topic, pair is null ? [] : new() { [pair[0]] = pair[1] });
        await foreach (LiveBatch batch in live.ReadBatchesAsync(new LiveBatchOptions { StopAt = StopAt.CaughtUp }, Cancelled))
        {
            using (batch)
            {
                TopicRows.Collect(batch, read);
                await batch.CommitAsync(Cancelled);
            }
        }

        Assert.Equal(Enumerable.Range(0, 100), read.Order());
        DescribeConsumerGroupsResult groups = await kafka.Admin.DescribeConsumerGroupsAsync([$"group-{topic}"]);
        Assert.Equal(expected, Assert.Single(groups.ConsumerGroupDescriptions).GroupType);
    }

    /// <summary>A read until a time ends before the first record of that time, in each partition.</summary>
    [Fact]
    public async Task Until_a_time()
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync(partitions: 3);
        DateTimeOffset first = DateTimeOffset.FromUnixTimeMilliseconds(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()) - TimeSpan.FromHours(1);
        using (IProducer<Null, byte[]> producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = kafka.BootstrapServers }).Build())
        {
            foreach (int number in Enumerable.Range(0, 300))
            {
                producer.Produce(new TopicPartition(topic, number % 3), new Message<Null, byte[]> { Value = Susy.Record(0, number)[5..], Timestamp = new Timestamp(first + TimeSpan.FromSeconds(number)) });
            }

            producer.Flush(Cancelled);
        }

        var read = new List<int>();
        await using KafkaLiveDataset live = await JoinAsync(kafka, topic, []);
        await foreach (LiveBatch batch in live.ReadBatchesAsync(new LiveBatchOptions { StopAt = StopAt.Timestamp(first + TimeSpan.FromSeconds(151)) }, Cancelled))
        {
            using (batch)
            {
                TopicRows.Collect(batch, read);
                await batch.CommitAsync(Cancelled);
            }
        }

        Assert.Equal(Enumerable.Range(0, 151), read.Order());

        // Until a time that is still to come: the first record of that time ends the read of its partition, the clock that of the others.
        DateTimeOffset soon = DateTimeOffset.FromUnixTimeMilliseconds(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()) + TimeSpan.FromSeconds(2);
        using (IProducer<Null, byte[]> producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = kafka.BootstrapServers }).Build())
        {
            producer.Produce(new TopicPartition(topic, 1), new Message<Null, byte[]> { Value = Susy.Record(0, 1000)[5..], Timestamp = new Timestamp(soon - TimeSpan.FromSeconds(1)) });
            producer.Produce(new TopicPartition(topic, 1), new Message<Null, byte[]> { Value = Susy.Record(0, 1001)[5..], Timestamp = new Timestamp(soon + TimeSpan.FromSeconds(1)) });
            producer.Flush(Cancelled);
        }

        read.Clear();
        await foreach (LiveBatch batch in live.ReadBatchesAsync(new LiveBatchOptions { StopAt = StopAt.Timestamp(soon) }, Cancelled))
        {
            using (batch)
            {
                TopicRows.Collect(batch, read);
            }
        }

        Assert.Equal([.. Enumerable.Range(151, 149), 1000], read.Order());
    }

    /// <summary>A member that leaves in the moment in which it joins is not left behind in the group: the next one would wait for the end of its session.</summary>
    [Theory]
    [InlineData("consumer")]
    [InlineData("classic")]
    public async Task A_member_that_leaves_while_it_joins_is_gone(string protocol)
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync(partitions: 3);
        string[] groups = [.. Enumerable.Range(0, 60).Select(i => $"group-{topic}-{i}")];
        foreach ((int moment, string group) in groups.Index())
        {
            KafkaLiveDataset live = await JoinAsync(kafka, topic, new() { ["group.protocol"] = protocol }, group: group);
            await Task.Delay(TimeSpan.FromMilliseconds(moment), TimeProvider.System, Cancelled);
            await live.DisposeAsync();
        }

        DescribeConsumerGroupsResult described = await kafka.Admin.DescribeConsumerGroupsAsync(groups);
        Assert.Empty(described.ConsumerGroupDescriptions.Where(g => g.Members.Count > 0).Select(g => g.GroupId[(topic.Length + "group--".Length)..]));
    }

    private static IEnumerable<(int Partition, byte[]? Value)> Values(int first, int count, int partitions = 3) =>
        Enumerable.Range(first, count).Select(number => (number % partitions, (byte[]?)Susy.Record(0, number)[5..]));

    private static Task<KafkaLiveDataset> JoinAsync(KafkaDriver kafka, string topic, Dictionary<string, string> clientConfig, FetchEngine engine = FetchEngine.Auto, string? group = null) => KafkaLiveDataset.JoinAsync(
        topic,
        new KafkaDatasetOptions
        {
            BootstrapServers = kafka.BootstrapServers,
            Format = RecordFormat.Avro(Susy.Schema),
            Label = LabelColumn.Binary("signal"),
            ClientConfig = clientConfig,
            Engine = engine,
        },
        new LiveOptions { GroupId = group ?? $"group-{topic}" },
        Cancelled);
}
