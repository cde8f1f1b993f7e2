using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KafkaDatasets.Fetching;
using KafkaDatasets.IntegrationTests.Cluster;
using KafkaDatasets.Ranges;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Fetching;

/// <summary>Three nodes, of which one is killed while both engines read from it, and comes back.</summary>
public sealed class LeaderMoveTests
{
    /// <summary>So little that each partition is fetched in many pieces.</summary>
    private const long LittleMemory = 1 << 20;

    private const int Partitions = 3;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Records_are_exact_when_leaders_move()
    {
        using KafkaCluster cluster = await KafkaCluster.StartAsync(
            SharedKafka.Home(),
            new KafkaClusterSettings
            {
                Nodes = 3,
                Properties = new Dictionary<string, string> { ["broker.session.timeout.ms"] = "4000", ["broker.heartbeat.interval.ms"] = "500" },
            },
            Cancelled);
        using var kafka = new KafkaDriver(cluster.BootstrapServers);
        string topic = await kafka.CreateTopicAsync(Partitions, new Dictionary<string, string> { ["min.insync.replicas"] = "2" }, replicationFactor: 3);
        await kafka.ProduceAsync(
            topic,
            Enumerable.Range(0, 12_000).Select(i => (i % Partitions, (byte[]?)Value(i))),
            new ProducerConfig { BatchNumMessages = 100, LingerMs = 20, Acks = Acks.All });
        List<LogRecord> expected = [.. kafka.Consume(topic).Select(LogRecord.Of).OrderBy(r => r.Partition).ThenBy(r => r.Offset)];
        Assert.Equal(12_000, expected.Count);
        await using var consumer = new Pass(FetchEngine.Consumer, kafka, topic);
        await using var direct = new Pass(FetchEngine.Direct, kafka, topic);
        await Task.WhenAll(consumer.StartAsync(), direct.StartAsync());

        KafkaNode leader = cluster.Nodes[Metadata(kafka, topic)[0].Leader - 1];
        leader.Kill();
        await Task.WhenAll(consumer.ReadAsync(0), direct.ReadAsync(0));

        leader.Start();
        await Until.TrueAsync(
            () => Task.FromResult(Metadata(kafka, topic).TrueForAll(p => p.InSyncReplicas.Contains(leader.Id))), TimeSpan.FromSeconds(60), () => $"node {leader.Id} is not in sync", Cancelled);
        await Task.WhenAll(consumer.ReadAsync(1), direct.ReadAsync(1), BackAsync(kafka, topic));
        await Task.WhenAll(consumer.ReadAsync(2), direct.ReadAsync(2));

        Assert.Equal(expected, consumer.Records);
        Assert.Equal(expected, direct.Records);
    }

    private static byte[] Value(int number)
    {
        byte[] value = new byte[1000];
        new Random(number).NextBytes(value);
        return value;
    }

    private static List<PartitionMetadata> Metadata(KafkaDriver kafka, string topic) =>
        [.. kafka.Admin.GetMetadata(topic, TimeSpan.FromSeconds(20)).Topics.Single().Partitions.OrderBy(p => p.PartitionId)];

    /// <summary>Gives each partition back to the node that led it at first.</summary>
    private static async Task BackAsync(KafkaDriver kafka, string topic)
    {
        try
        {
            await kafka.Admin.ElectLeadersAsync(ElectionType.Preferred, [.. Enumerable.Range(0, Partitions).Select(p => new TopicPartition(topic, p))]);
        }
        catch (ElectLeadersException e) when (e.Results.TopicPartitions.TrueForAll(p => p.Error.Code is ErrorCode.NoError or ErrorCode.ElectionNotNeeded))
        {
            // some had never moved
        }
    }

    private sealed class Pass(FetchEngine engine, KafkaDriver kafka, string topic) : IAsyncDisposable
    {
        private readonly IFetchEngine _engine = RecordSources.Create(engine, kafka);
        private DatasetSnapshot _snapshot = null!;
        private IRecordSource _source = null!;

        public List<LogRecord> Records { get; } = [];

        /// <summary>Begins, and reads the first records.</summary>
        public async Task StartAsync()
        {
            _snapshot = await RangeResolver.ResolveAsync(_engine, topic, TopicRange.All, DataLossPolicy.Throw, Cancelled);
            _source = _engine.OpenSource(ReadOrder.Of(_snapshot), LittleMemory);
            await RecordSources.ReadChunkAsync(_source, _snapshot, 0, Records, Cancelled);
        }

        public Task ReadAsync(int index) => RecordSources.ReadAsync(_source, _snapshot, index, Records, Cancelled);

        public async ValueTask DisposeAsync()
        {
            await _source.DisposeAsync();
            await _engine.DisposeAsync();
        }
    }
}
