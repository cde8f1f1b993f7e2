using KafkaDatasets.Fetching;
using KafkaDatasets.Ranges;
using KafkaDatasets.Tests.Fetching.Direct;
using Xunit;

namespace KafkaDatasets.Tests.Fetching;

public class AutoEngineTests
{
    private static readonly FakeEngine Fallback = new(FakePartition.Of(7, [[1]])) { Topic = ScriptedBroker.Topic };

    [Fact]
    public async Task Brokers_from_before_Kafka_2_4_are_read_by_the_other_engine()
    {
        await using var broker = new ScriptedBroker { Versions = new() { [1] = (0, 11), [2] = (0, 5), [3] = (0, 8), [18] = (0, 2) } };
        await using var engine = new AutoEngine(Context(broker.Address), _ => Fallback);

        TopicMetadata topic = await engine.DescribeTopicAsync(ScriptedBroker.Topic, TestContext.Current.CancellationToken);

        Assert.Equal([7], topic.Partitions);
        Assert.Equal("fake", engine.Name);
        long[] ends = await engine.ListOffsetsAsync(topic.Name, [7], OffsetQuery.LastStable, TestContext.Current.CancellationToken);
        Assert.Equal([1L], ends);
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
        await using var broker = new ScriptedBroker { Versions = new() { [1] = (0, 11), [2] = (0, 5), [3] = (0, 8), [18] = (0, 2) } };
        await using IFetchEngine engine = FetchEngines.Create(FetchEngine.Direct, Context(broker.Address));

        var e = await Assert.ThrowsAsync<BrokerException>(async () => await engine.DescribeTopicAsync(ScriptedBroker.Topic, TestContext.Current.CancellationToken));

        Assert.Equal(35, e.ErrorCode);
        Assert.Contains("Kafka 2.4", e.Message, StringComparison.Ordinal);
        Assert.IsType<AutoEngine>(FetchEngines.Create(FetchEngine.Auto, Context(broker.Address)));
    }

    private static FetchContext Context(string servers) => DirectEngineTests.Context(servers, TimeSpan.FromSeconds(20), []);
}
