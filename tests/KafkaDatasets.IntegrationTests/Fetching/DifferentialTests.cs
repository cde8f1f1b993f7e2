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

    public static TheoryData<string, int> EveryTopic
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (string broker in new[] { FetchBrokers.Current, FetchBrokers.Old })
            {
                for (int topic = 0; topic < 3; topic++)
                {
                    data.Add(broker, topic);
                }
            }

            return data;
        }
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(EveryTopic))]
    public async Task Engines_and_console_consumer_give_the_same_records(string broker, int which)
    {
        LogTopic topic = (await brokers.LogsAsync(broker, shared)).Topics[which];
        List<LogRecord> committed = await topic.CommittedAsync();
        Task<List<LogRecord>> console = ConsoleConsumer.ReadAsync(topic.Kafka, topic.Name, topic.TimestampType, committed.Count, Cancelled);
        await using IFetchEngine consumer = RecordSources.Create(FetchEngine.Consumer, topic.Kafka);
        await using IFetchEngine direct = RecordSources.Create(FetchEngine.Direct, topic.Kafka);
        DatasetSnapshot snapshot = await RangeResolver.ResolveAsync(consumer, topic.Name, TopicRange.All, DataLossPolicy.Throw, Cancelled);
        Assert.Equal(snapshot.ToJson(), (await RangeResolver.ResolveAsync(direct, topic.Name, TopicRange.All, DataLossPolicy.Throw, Cancelled)).ToJson());

        List<LogRecord> byConsumer = await RecordSources.ReadAsync(consumer, snapshot, 16 * MiB, Cancelled);
        List<LogRecord> byDirect = await RecordSources.ReadAsync(direct, snapshot, 16 * MiB, Cancelled);
        Assert.Equal(byConsumer, byDirect);
        Assert.Equal(committed.Where(r => r.Value is not null), byDirect);
        Assert.Equal(committed, (await console).OrderBy(r => r.Partition).ThenBy(r => r.Offset));
    }
}
