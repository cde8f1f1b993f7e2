using KafkaDatasets.Fetching;
using KafkaDatasets.IntegrationTests.Cluster;
using KafkaDatasets.Ranges;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Fetching;

/// <summary>Logs of every kind, read by both engines and by Kafka's own console consumer: the same records, bit for bit.</summary>
public sealed class DifferentialTests(FetchBrokers brokers, SharedKafka shared)
{
    private const long MiB = 1 << 20;

    public static TheoryData<string> EveryBroker => [FetchBrokers.Current, FetchBrokers.Old];

    public static TheoryData<string, int> EveryTopic { get; } = [.. EveryBroker.SelectMany(broker => Enumerable.Range(0, 3), (broker, topic) => (broker.Data, topic))];

    public static TheoryData<string, FetchEngine> EveryEngine { get; } = [.. EveryBroker.SelectMany(broker => Engines.All, (broker, engine) => (broker.Data, engine.Data))];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(EveryBroker))]
    public async Task The_logs_are_what_they_are_meant_to_be(string broker)
    {
        GeneratedLogs logs = await brokers.LogsAsync(broker, shared);
        for (int codec = GeneratedLogs.None; codec <= GeneratedLogs.Zstd; codec++)
        {
            List<LoggedBatch> batches = logs.Batches(logs.Every, codec);
            Assert.All(batches, b => Assert.Equal(codec, b.Codec));
            Assert.Equal(1, batches.Min(b => b.Records));
            Assert.Equal(3000, batches.Max(b => b.Records));
        }

        Assert.All(logs.Batches(logs.Every, GeneratedLogs.Snappy), b => Assert.True(b.IsFramedSnappy));
        Assert.All(logs.Batches(logs.Every, GeneratedLogs.Librdkafka), b => Assert.False(b.IsFramedSnappy));
        Assert.Equal([0, 1, 2, 3, 4], logs.Batches(logs.Every, GeneratedLogs.Librdkafka).Select(b => b.Codec).Distinct().Order());
        Assert.True(logs.Batches(logs.Every, GeneratedLogs.Transactions)[^1].IsControl);
        Assert.Contains(logs.Batches(logs.Every, GeneratedLogs.Interleaved), b => !b.IsTransactional);
        Assert.True(logs.Batches(logs.Every, GeneratedLogs.Interleaved).Count(b => b.IsControl) > 20);
        Assert.True(logs.Batches(logs.Every, GeneratedLogs.Open)[^1].Last > GeneratedLogs.OpenFrom);
        Assert.Contains(logs.Batches(logs.Every, GeneratedLogs.Deleted), b => b.First < GeneratedLogs.DeletedBefore && b.Last >= GeneratedLogs.DeletedBefore);
        Assert.All(logs.Batches(logs.Appended, 0), b => Assert.True(b.IsLogAppendTime));
        for (int partition = 0; partition < 2; partition++)
        {
            List<LoggedBatch> batches = logs.Batches(logs.Compacted, partition);
            Assert.Contains(batches, b => b.Records == 0);
            Assert.Contains(batches, b => b.Records > 0 && b.Records <= b.Last - b.First);
            Assert.Contains(batches.Zip(batches.Skip(1)), pair => pair.First.Last + 1 < pair.Second.First);
        }

        Assert.Contains(logs.Batches(logs.Compacted, 2), b => b.IsControl);
    }

    [Theory]
    [MemberData(nameof(EveryTopic))]
    public async Task Engines_and_console_consumer_give_the_same_records(string broker, int which)
    {
        LogTopic topic = (await brokers.LogsAsync(broker, shared)).Topics[which];
        List<LogRecord> committed = await topic.CommittedAsync();
        Task<IEnumerable<string>> console = ConsoleConsumer.ReadAsync(topic.Kafka, topic.Name, topic.TimestampType, committed.Count, Cancelled);
        await using IFetchEngine consumer = RecordSources.Create(FetchEngine.Consumer, topic.Kafka);
        await using IFetchEngine direct = RecordSources.Create(FetchEngine.Direct, topic.Kafka);
        DatasetSnapshot snapshot = await RangeResolver.ResolveAsync(consumer, topic.Name, TopicRange.All, DataLossPolicy.Throw, Cancelled);
        Assert.Equal(snapshot.ToJson(), (await RangeResolver.ResolveAsync(direct, topic.Name, TopicRange.All, DataLossPolicy.Throw, Cancelled)).ToJson());

        List<LogRecord> byConsumer = await RecordSources.ReadAsync(consumer, snapshot, 16 * MiB, Cancelled);
        List<LogRecord> byDirect = await RecordSources.ReadAsync(direct, snapshot, 16 * MiB, Cancelled);
        Assert.Equal(byConsumer, byDirect);
        Assert.Equal(committed.Where(r => r.Value is not null), byDirect);
        Assert.Equal(committed.Select(r => r.Line), await console);
    }

    /// <summary>Ranges that start and end at and beside the edges of batches, markers and gaps, and in their middle.</summary>
    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Ranges_that_start_and_end_at_any_place_of_a_batch(string broker, FetchEngine engine)
    {
        int passes = engine == FetchEngine.Direct ? 60 : 8; // a pass of the other begins with a client of its own
        GeneratedLogs logs = await brokers.LogsAsync(broker, shared);
        await using IFetchEngine fetch = RecordSources.Create(engine, logs.Kafka);
        foreach (LogTopic topic in logs.Topics)
        {
            DatasetSnapshot whole = await RangeResolver.ResolveAsync(fetch, topic.Name, TopicRange.All, DataLossPolicy.Throw, Cancelled);
            List<long>[] edges = [.. whole.Partitions.Select(p => Edges(logs.Batches(topic, p.Partition), p))];
            var random = new Random(11);
            for (int pass = 0; pass < passes; pass++)
            {
                var snapshot = new DatasetSnapshot(topic.Name, whole.TopicId, whole.Partitions.Select((p, i) => Between(edges[i], p.Partition, random)));
                Assert.Equal(await topic.CommittedAsync(snapshot), await RecordSources.ReadAsync(fetch, snapshot, 4 * MiB, Cancelled));
            }
        }
    }

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Dataset_has_the_rows_and_their_order(string broker, FetchEngine engine)
    {
        foreach (LogTopic topic in (await brokers.LogsAsync(broker, shared)).Topics)
        {
            await using KafkaDataset dataset = await KafkaDataset.OpenAsync(topic.Name, topic.Options(engine, TopicRange.All), Cancelled);
            List<LogRecord> committed = await topic.CommittedAsync(dataset.Snapshot);

            Assert.Equal(LogRow.Of(committed, dataset.Snapshot), await LogRow.ReadAsync(dataset, 1000, Cancelled));
            Assert.Equal(committed.Count(r => r.Value!.Length == 0), dataset.SkippedRecords);
        }
    }

    private static List<long> Edges(List<LoggedBatch> batches, PartitionRange range) =>
    [
        .. batches.SelectMany(b => new[] { b.First, b.First + 1, (b.First + b.Last) / 2, b.Last, b.Last + 1 })
            .Concat([range.Start, range.End])
            .Where(o => o >= range.Start && o <= range.End)
            .Distinct()
            .Order(),
    ];

    /// <summary>Short ranges and long ones.</summary>
    private static PartitionRange Between(List<long> edges, int partition, Random random)
    {
        int first = random.Next(edges.Count);
        int last = random.Next(2) == 0 ? Math.Min(edges.Count - 1, first + random.Next(4)) : random.Next(first, edges.Count);
        return new PartitionRange(partition, edges[first], edges[last]);
    }
}
