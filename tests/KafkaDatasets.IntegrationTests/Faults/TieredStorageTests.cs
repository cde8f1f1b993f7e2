using KafkaDatasets.IntegrationTests.Cluster;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Faults;

/// <summary>A topic of which most lies in remote storage.</summary>
public sealed class TieredStorageTests(TieredStorageTests.Tiered tiered) : IClassFixture<TieredStorageTests.Tiered>
{
    private const int Rows = 24_000;
    private const int Partitions = 3;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = 300_000)]
    public async Task Whole_range_is_read_from_remote_and_local_storage()
    {
        (KafkaDriver kafka, KafkaNode node) = await tiered.StartedAsync();
        FaultTopic topic = await WriteAsync(kafka, node);
        Assert.InRange(tiered.Storage.Segments(topic.Name).Count, 4 * Partitions, 9 * Partitions);

        Outcome[] outcomes = await new FaultyRead { AfterRows = -1, Servers = kafka.BootstrapServers }.RunAsync(topic);

        Assert.All(outcomes, o => o.IsExact(topic));
        Assert.All(outcomes, o => Assert.Equal(Rows, o.Rows.Count));
    }

    [Fact(Timeout = 300_000)]
    public async Task Remote_segment_that_is_missing()
    {
        const double timeout = 8;
        (KafkaDriver kafka, KafkaNode node) = await tiered.StartedAsync();
        FaultTopic topic = await WriteAsync(kafka, node);
        tiered.Storage.Segments(topic.Name)[Partitions].Delete();

        Outcome[] outcomes = await new FaultyRead { AfterRows = -1, Servers = kafka.BootstrapServers, Timeout = timeout }.RunAsync(topic);

        Assert.All(outcomes, o =>
        {
            BrokerException e = o.Failed<BrokerException>(topic, (2 * timeout) + 5);
            Assert.NotNull(e.Partition);
            Assert.NotNull(e.Offset);
        });
    }

    private static async Task<FaultTopic> WriteAsync(KafkaDriver kafka, KafkaNode node)
    {
        FaultTopic topic = await FaultTopic.WriteAsync(kafka, Rows, Partitions, config: TieredStorage.TopicConfig());
        await TieredStorage.WaitAsync(node, topic.Name, bytes: 3 << 20, Cancelled);
        return topic;
    }

    public sealed class Tiered : IDisposable
    {
        private readonly Lazy<Task<KafkaCluster>> _cluster;

        public Tiered() => _cluster = new(() => KafkaCluster.StartAsync(SharedKafka.Home(), new KafkaClusterSettings { Properties = Storage.BrokerProperties }, Cancelled));

        internal TieredStorage Storage { get; } = new();

        internal async Task<(KafkaDriver Kafka, KafkaNode Node)> StartedAsync()
        {
            KafkaCluster cluster = await _cluster.Value;
            return (new KafkaDriver(cluster.BootstrapServers), cluster.Nodes[0]);
        }

        public void Dispose()
        {
            if (_cluster.IsValueCreated && _cluster.Value.IsCompletedSuccessfully)
            {
                _cluster.Value.Result.Dispose();
            }

            Storage.Dispose();
        }
    }
}
