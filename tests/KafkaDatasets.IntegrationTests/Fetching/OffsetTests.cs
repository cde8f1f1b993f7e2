using KafkaDatasets.Fetching;
using KafkaDatasets.IntegrationTests.Cluster;
using KafkaDatasets.Ranges;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Fetching;

/// <summary>What resolving a range asks: both engines get the answers that the broker's files show to be right.</summary>
public sealed class OffsetTests(FetchBrokers brokers, SharedKafka shared)
{
    public static TheoryData<string, FetchEngine> EveryEngine => DifferentialTests.EveryEngine;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Log_start_and_last_stable_offset(string broker, FetchEngine engine)
    {
        GeneratedLogs logs = await brokers.LogsAsync(broker, shared);
        await using IFetchEngine fetch = RecordSources.Create(engine, logs.Kafka);
        foreach (LogTopic topic in logs.Topics)
        {
            int[] partitions = [.. Enumerable.Range(0, topic.Partitions)];
            long[] starts = new long[partitions.Length];
            long[] ends = [.. partitions.Select(p => logs.Batches(topic, p) is [.., var last] ? last.Last + 1 : 0)];
            if (topic == logs.Every)
            {
                starts[GeneratedLogs.Deleted] = GeneratedLogs.DeletedBefore;
                ends[GeneratedLogs.Open] = GeneratedLogs.OpenFrom;
            }

            Assert.Equal(starts, await fetch.ListOffsetsAsync(topic.Name, partitions, OffsetQuery.Earliest, Cancelled));
            Assert.Equal(ends, await fetch.ListOffsetsAsync(topic.Name, partitions, OffsetQuery.LastStable, Cancelled));
        }
    }

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task First_offset_at_or_after_a_time(string broker, FetchEngine engine)
    {
        GeneratedLogs logs = await brokers.LogsAsync(broker, shared);
        await using IFetchEngine fetch = RecordSources.Create(engine, logs.Kafka);
        foreach ((LogTopic topic, int partition) in Times(logs))
        {
            List<LogRecord> records = [.. (await topic.CommittedAsync()).Where(r => r.Partition == partition)];
            long end = (await fetch.ListOffsetsAsync(topic.Name, [partition], OffsetQuery.LastStable, Cancelled))[0];
            long[] asked = [0, .. new[] { 0, records.Count / 2, records.Count - 1 }.SelectMany(i => new[] { records[i].Timestamp, records[i].Timestamp + 1 }), records[^1].Timestamp + 1_000_000];
            foreach (long time in asked)
            {
                long expected = records.FirstOrDefault(r => r.Timestamp >= time)?.Offset ?? end;
                OffsetQuery query = OffsetQuery.At(DateTimeOffset.FromUnixTimeMilliseconds(time));
                Assert.Equal((time, expected), (time, (await fetch.ListOffsetsAsync(topic.Name, [partition], query, Cancelled))[0]));
            }
        }

        // the first record after the last marker that is stable is not
        OffsetQuery unstable = new(logs.Batches(logs.Every, GeneratedLogs.Open).Last(b => b.Last < GeneratedLogs.OpenFrom && b.IsControl).MaxTimestamp + 1);
        Assert.Equal(GeneratedLogs.OpenFrom, Assert.Single(await fetch.ListOffsetsAsync(logs.Every.Name, [GeneratedLogs.Open], unstable, Cancelled)));

        static IEnumerable<(LogTopic Topic, int Partition)> Times(GeneratedLogs logs) =>
        [
            (logs.Every, GeneratedLogs.Zstd), (logs.Every, GeneratedLogs.Deleted), (logs.Appended, 0), (logs.Appended, 1),
        ];
    }

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Empty_partition_has_no_offset_at_any_time(string broker, FetchEngine engine)
    {
        GeneratedLogs logs = await brokers.LogsAsync(broker, shared);
        await using IFetchEngine fetch = RecordSources.Create(engine, logs.Kafka);
        Assert.Equal(0, Assert.Single(await fetch.ListOffsetsAsync(logs.Every.Name, [GeneratedLogs.Empty], new OffsetQuery(1), Cancelled)));
    }

    [Theory]
    [InlineData(FetchBrokers.Current)]
    [InlineData(FetchBrokers.Old)]
    public async Task Topic_has_one_id_and_its_partitions(string broker)
    {
        LogTopic topic = (await brokers.LogsAsync(broker, shared)).Every;
        await using IFetchEngine consumer = RecordSources.Create(FetchEngine.Consumer, topic.Kafka);
        await using IFetchEngine direct = RecordSources.Create(FetchEngine.Direct, topic.Kafka);
        TopicMetadata byConsumer = await consumer.DescribeTopicAsync(topic.Name, Cancelled);
        TopicMetadata byDirect = await direct.DescribeTopicAsync(topic.Name, Cancelled);

        Assert.NotNull(byDirect.Id);
        Assert.Equal(byDirect.Id, byConsumer.Id);
        Assert.Equal(Enumerable.Range(0, topic.Partitions), byDirect.Partitions);
        Assert.Equal(byDirect.Partitions, byConsumer.Partitions);
    }

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Unknown_topic_and_partition(string broker, FetchEngine engine)
    {
        LogTopic topic = (await brokers.LogsAsync(broker, shared)).Every;
        await using IFetchEngine fetch = RecordSources.Create(engine, topic.Kafka);
        var e = await Assert.ThrowsAsync<TopicNotFoundException>(async () => await fetch.DescribeTopicAsync("no-such-topic", Cancelled));
        Assert.Equal("no-such-topic", e.Topic);
        e = await Assert.ThrowsAsync<TopicNotFoundException>(async () => await fetch.ListOffsetsAsync("no-such-topic", [0], OffsetQuery.Earliest, Cancelled));
        Assert.Equal("no-such-topic", e.Topic);
        e = await Assert.ThrowsAsync<TopicNotFoundException>(async () => await fetch.ListOffsetsAsync(topic.Name, [0, 99], OffsetQuery.Earliest, Cancelled));
        Assert.Equal((topic.Name, 99), (e.Topic, e.Partition));
    }
}
