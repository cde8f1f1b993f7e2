using System.Collections.Concurrent;
using Confluent.Kafka;
using KafkaDatasets.IntegrationTests.Cluster;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Live;

/// <summary>Live reads against a real group coordinator, by both rebalance protocols.</summary>
public sealed class GroupTests(SharedKafka shared)
{
    public static TheoryData<string> Protocols => ["classic", "consumer"];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>What lies behind is caught up with, what is aborted is no row, and what comes meanwhile is read.</summary>
    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Every_committed_row_once(string protocol)
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync(partitions: 3);
        await kafka.ProduceAsync(topic, Values(0, 30_000));
        await kafka.ProduceTransactionAsync(topic, Values(50_000, 500), commit: false);
        await kafka.ProduceTransactionAsync(topic, Values(30_000, 3000), commit: true);
        var read = new List<int>();
        await using (KafkaLiveDataset live = await JoinAsync(kafka, topic, protocol))
        {
            await foreach (LiveBatch batch in live.ReadBatchesAsync(new LiveBatchOptions { BatchSize = 700, StopAt = StopAt.CaughtUp }, Cancelled))
            {
                using (batch)
                {
                    Collect(batch, read);
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
                    Collect(batch, read);
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
    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Members_that_come_and_go_read_every_row_once(string protocol)
    {
        const int Rows = 20_000;
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync(partitions: 6);
        var read = new ConcurrentDictionary<int, int>();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        Task writing = Task.Run(
            async () =>
            {
                for (int i = 0; i < 20; i++)
                {
                    await kafka.ProduceAsync(topic, Values(i * (Rows / 20), Rows / 20, 6));
                }
            },
            Cancelled);

        Task FollowAsync(int most) => Task.Run(
            async () =>
            {
                await using KafkaLiveDataset live = await JoinAsync(kafka, topic, protocol);
                int count = 0;
                try
                {
                    await foreach (LiveBatch batch in live.ReadBatchesAsync(new LiveBatchOptions { BatchSize = 300, MaxDelay = TimeSpan.FromMilliseconds(20) }, end.Token))
                    {
                        using (batch)
                        {
                            var ids = new List<int>();
                            Collect(batch, ids);
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
        await members[1];
        Task late = FollowAsync(int.MaxValue);
        await writing;
        await Testing.Cluster.Until.TrueAsync(() => Task.FromResult(read.Count == Rows), TimeSpan.FromSeconds(120), () => $"{read.Count} of {Rows} rows were read", Cancelled);
        await end.CancelAsync();
        await Task.WhenAll([.. members, late]);
        Assert.Equal(Enumerable.Range(0, Rows), read.Keys.Order());
        Assert.DoesNotContain(read, r => r.Value > 1);
    }

    private static IEnumerable<(int Partition, byte[]? Value)> Values(int first, int count, int partitions = 3) =>
        Enumerable.Range(first, count).Select(number => (number % partitions, (byte[]?)Susy.Record(0, number)[5..]));

    private static void Collect(LiveBatch batch, List<int> numbers)
    {
        int width = (int)batch.Tensors.Features.Lengths[1];
        float[] values = new float[batch.Rows * width];
        batch.Tensors.Features.FlattenTo(values);
        for (int i = 0; i < batch.Rows; i++)
        {
            numbers.Add((int)values[i * width]);
        }
    }

    private static Task<KafkaLiveDataset> JoinAsync(KafkaDriver kafka, string topic, string protocol) => KafkaLiveDataset.JoinAsync(
        topic,
        new KafkaDatasetOptions
        {
            BootstrapServers = kafka.BootstrapServers,
            Format = RecordFormat.Avro(Susy.Schema),
            Label = LabelColumn.Binary("signal"),
            ClientConfig = new Dictionary<string, string> { ["group.protocol"] = protocol },
        },
        new LiveOptions { GroupId = $"group-{topic}" },
        Cancelled);
}
