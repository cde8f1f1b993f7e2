using Confluent.Kafka;
using KafkaDatasets.IntegrationTests.Faults;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Cluster;

/// <summary>The ground itself: what other tests stand on.</summary>
public sealed class ClusterTests(SharedKafka shared)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Broker_keeps_committed_records_and_hides_aborted_ones()
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync(partitions: 2);
        await kafka.ProduceAsync(topic, [(0, [1]), (1, [2])]);
        await kafka.ProduceTransactionAsync(topic, [(0, [3])], commit: false);
        await kafka.ProduceTransactionAsync(topic, [(1, [4])], commit: true);

        Assert.Equal([(0, 0L, 1), (1, 0L, 2), (1, 1L, 4)], Read(IsolationLevel.ReadCommitted));
        Assert.Equal([(0, 0L, 1), (0, 1L, 3), (1, 0L, 2), (1, 1L, 4)], Read(IsolationLevel.ReadUncommitted));

        (int, long, int)[] Read(IsolationLevel isolation) =>
            [.. kafka.Consume(topic, isolation).Select(r => (r.Partition.Value, r.Offset.Value, (int)Assert.Single(r.Message.Value!))).Order()];
    }

    [Fact]
    public async Task Tool_reads_what_the_driver_wrote()
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync();
        await kafka.ProduceAsync(topic, [(0, "one"u8.ToArray()), (0, "two"u8.ToArray())]);

        string output = await SharedKafka.Home().RunToolAsync(
            "kafka-console-consumer",
            ["--bootstrap-server", kafka.BootstrapServers, "--topic", topic, "--from-beginning", "--max-messages", "2", "--timeout-ms", "20000"],
            Cancelled);

        Assert.Equal(["one", "two"], output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Registry_answers()
    {
        using var http = new HttpClient();
        string answer = await http.GetStringAsync($"{await shared.SchemaRegistryUrlAsync()}/subjects", Cancelled);
        Assert.StartsWith("[", answer);
    }

    [Fact]
    public async Task Three_nodes_go_on_when_one_is_killed_and_take_it_back()
    {
        using KafkaCluster cluster = await KafkaCluster.StartAsync(SharedKafka.Home(), new KafkaClusterSettings { Nodes = 3 }, Cancelled);
        using var kafka = new KafkaDriver(cluster.BootstrapServers);
        string topic = await kafka.CreateTopicAsync(partitions: 3, replicationFactor: 3, config: new Dictionary<string, string> { ["min.insync.replicas"] = "2" });
        await kafka.ProduceAsync(topic, [(0, [0]), (1, [1]), (2, [2])]);

        cluster.Nodes[0].Kill();
        await cluster.WaitForBrokersAsync(2, Cancelled);
        await kafka.ProduceAsync(topic, [(0, [3]), (1, [4]), (2, [5])]);
        cluster.Nodes[0].Start();
        await cluster.WaitForBrokersAsync(3, Cancelled);
        await ThreeNodes.WaitForReplicasAsync(kafka, topic); // a new leader does not show the end of the log before the others have fetched it

        Assert.Equal([0, 1, 2, 3, 4, 5], kafka.Consume(topic).Select(r => (int)r.Message.Value![0]).Order());
    }

    [Fact]
    public async Task Old_broker_is_a_3_0()
    {
        KafkaDriver kafka = await shared.OldKafkaAsync();
        string topic = await kafka.CreateTopicAsync();
        await kafka.ProduceAsync(topic, [(0, [7])], new ProducerConfig { CompressionType = CompressionType.Snappy });
        Assert.Equal([7], Assert.Single(kafka.Consume(topic)).Message.Value);
    }
}
