using KafkaDatasets.Fetching;
using KafkaDatasets.Ranges;
using KafkaDatasets.Tests.Fetching.Direct;
using Xunit;

namespace KafkaDatasets.Tests.Fetching;

public class AutoEngineTests
{
    private static readonly FakeEngine Fallback = new(FakePartition.Of(7, [[1]])) { Topic = ScriptedBroker.Topic };

    [Fact]
    public async Task Brokers_from_before_Kafka_0_11_are_read_by_the_other_engine()
    {
        await using var broker = new ScriptedBroker { Versions = new() { [1] = (0, 3), [2] = (0, 1), [3] = (0, 2), [18] = (0, 0) } };
        await using var engine = new AutoEngine(Context(broker.Address), _ => Fallback);

        TopicMetadata topic = await engine.DescribeTopicAsync(ScriptedBroker.Topic, TestContext.Current.CancellationToken);

        Assert.Equal([7], topic.Partitions);
        Assert.Equal("fake", engine.Name);
        long[] ends = await engine.ListOffsetsAsync(topic.Name, [7], OffsetQuery.LastStable, TestContext.Current.CancellationToken);
        Assert.Equal([1L], ends);
    }

    [Theory]
    [InlineData(1, 0, 3)]
    [InlineData(1, 18, 19)]
    [InlineData(2, 0, 1)]
    [InlineData(2, 9, 9)]
    [InlineData(3, 0, 3)]
    [InlineData(3, 13, 14)]
    public async Task Every_request_that_reading_needs_decides_when_the_topic_is_described_and_the_log_tells(int api, int min, int max)
    {
        await using var broker = new ScriptedBroker { Versions = new(new ScriptedBroker().Versions) { [api] = (min, max) } };
        var log = new RecordedLog();
        await using var engine = new AutoEngine(Context(broker.Address) with { Logger = log }, _ => Fallback);

        await engine.DescribeTopicAsync(ScriptedBroker.Topic, TestContext.Current.CancellationToken);

        Assert.Equal("fake", engine.Name);
        (string name, string other) = api switch { 1 => ("Fetch", "Metadata"), 2 => ("ListOffsets", "Fetch"), _ => ("Metadata", "ListOffsets") };
        string line = Assert.Single(log.Lines, l => l.Contains("direct fetch engine", StringComparison.Ordinal));
        Assert.Contains($"{name} versions {min} to {max}", line, StringComparison.Ordinal);
        Assert.DoesNotContain($"{other} versions", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4, 10, 9)] // Redpanda 25
    [InlineData(5, 6, 5)] // Azure Event Hubs
    [InlineData(2, 4, 4)] // Kafka 0.11
    [InlineData(3, 7, 5)]
    [InlineData(4, 8, 7)]
    [InlineData(5, 9, 8)]
    [InlineData(6, 11, 9)]
    [InlineData(7, 12, 10)]
    [InlineData(8, 17, 12)]
    public async Task The_direct_engine_reads_by_the_versions_that_the_brokers_have(int listOffsets, int fetch, int metadata)
    {
        await using var broker = new ScriptedBroker
        {
            Log = DirectEngineTests.Numbers(2, 5, 10),
            Versions = new() { [1] = (0, fetch), [2] = (0, listOffsets), [3] = (0, metadata), [18] = (0, 3) },
        };
        await using IFetchEngine engine = FetchEngines.Create(FetchEngine.Auto, Context(broker.Address));

        TopicMetadata topic = await engine.DescribeTopicAsync(ScriptedBroker.Topic, TestContext.Current.CancellationToken);
        Assert.Equal(metadata >= 10 ? ScriptedBroker.TopicId : null, topic.Id);
        long[] starts = await engine.ListOffsetsAsync(topic.Name, topic.Partitions, OffsetQuery.Earliest, TestContext.Current.CancellationToken);
        Assert.Equal([0, 0], starts);
        long[] ends = await engine.ListOffsetsAsync(topic.Name, topic.Partitions, OffsetQuery.LastStable, TestContext.Current.CancellationToken);
        Assert.Equal([50, 50], ends);
        DirectEngineTests.AssertNumbers(await DirectEngineTests.ReadAsync(engine, DirectEngineTests.Snapshot((0, 0, 50), (1, 0, 50))), 0, 50);
        Assert.Equal("direct", engine.Name);
        foreach ((int api, int version) in new[] { (1, metadata < 10 ? Math.Min(fetch, 12) : fetch), (2, listOffsets), (3, metadata) })
        {
            Assert.Contains((api, version), broker.Requests);
        }
    }

    [Fact]
    public async Task The_direct_engine_reads_from_newer_ones_and_tells_its_own_errors()
    {
        await using var broker = new ScriptedBroker { Versions = ScriptedBroker.Oldest };
        await using var engine = new AutoEngine(Context(broker.Address), _ => Fallback);

        Assert.Equal([0], (await engine.DescribeTopicAsync(ScriptedBroker.Topic, TestContext.Current.CancellationToken)).Partitions);
        broker.TopicError = 3;
        await Assert.ThrowsAsync<TopicNotFoundException>(async () => await engine.DescribeTopicAsync(ScriptedBroker.Topic, TestContext.Current.CancellationToken));
        Assert.Equal("direct", engine.Name);
    }

    [Fact]
    public async Task Who_asks_for_the_direct_engine_gets_no_other()
    {
        await using var broker = new ScriptedBroker { Versions = new() { [1] = (0, 3), [2] = (0, 1), [3] = (0, 2), [18] = (0, 0) } };
        await using IFetchEngine engine = FetchEngines.Create(FetchEngine.Direct, Context(broker.Address));

        var e = await Assert.ThrowsAsync<BrokerException>(async () => await engine.DescribeTopicAsync(ScriptedBroker.Topic, TestContext.Current.CancellationToken));

        Assert.Equal(35, e.ErrorCode);
        Assert.Contains("Kafka 0.11", e.Message, StringComparison.Ordinal);
        Assert.IsType<AutoEngine>(FetchEngines.Create(FetchEngine.Auto, Context(broker.Address)));
    }

    private static FetchContext Context(string servers) => DirectEngineTests.Context(servers, TimeSpan.FromSeconds(20), []);
}
