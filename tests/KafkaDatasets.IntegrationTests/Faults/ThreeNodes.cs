using Confluent.Kafka;
using KafkaDatasets.IntegrationTests.Cluster;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Faults;

/// <summary>A cluster of three nodes, each behind a proxy, that tests may harm one after the other: each finds it healthy.</summary>
[CollectionDefinition(Name)]
public sealed class ThreeNodes : ICollectionFixture<ThreeNodes>, IDisposable
{
    public const string Name = "three nodes";

    private readonly Lazy<Task<KafkaCluster>> _cluster = new(StartAsync);
    private KafkaDriver? _kafka;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>The cluster, with all its nodes up and their proxies passing everything.</summary>
    internal async Task<(KafkaCluster Cluster, KafkaDriver Kafka)> HealthyAsync()
    {
        KafkaCluster cluster = await _cluster.Value;
        foreach (KafkaNode node in cluster.Nodes)
        {
            node.Proxy!.Heal();
            if (!node.IsRunning)
            {
                node.Start();
            }
        }

        await cluster.WaitForBrokersAsync(cluster.Nodes.Count, Cancelled);
        return (cluster, _kafka ??= new KafkaDriver(cluster.BootstrapServers, new Dictionary<string, string> { ["reconnect.backoff.max.ms"] = "500" }) { Cluster = cluster });
    }

    /// <summary>Waits until every node has every record of the topic's partitions that it is to have.</summary>
    internal static async Task WaitForReplicasAsync(KafkaDriver kafka, string topic) => await Until.TrueAsync(
        () => Task.FromResult(kafka.Admin.GetMetadata(topic, TimeSpan.FromSeconds(20)).Topics.Single().Partitions is { Count: > 0 } partitions
            && partitions.TrueForAll(p => p.Leader >= 0 && p.InSyncReplicas.Length == p.Replicas.Length)),
        TimeSpan.FromSeconds(90),
        () => $"the replicas of {topic} are not in sync",
        Cancelled);

    internal static KafkaNode LeaderOf(KafkaDriver kafka, string topic, int partition)
    {
        const int attempts = 100; // a node that has just started may not know the topic yet
        PartitionMetadata? found = Enumerable.Range(0, attempts)
            .Select(_ => kafka.Admin.GetMetadata(topic, TimeSpan.FromSeconds(20)).Topics.Single().Partitions.Find(p => p.PartitionId == partition && p.Leader > 0))
            .FirstOrDefault(p => p is not null);
        return kafka.Cluster!.Nodes[(found ?? throw new InvalidOperationException($"Partition {partition} of {topic} has no leader.")).Leader - 1];
    }

    /// <summary>The partitions that have a leader.</summary>
    internal static IEnumerable<int> Led(KafkaDriver kafka, string topic) =>
        kafka.Admin.GetMetadata(topic, TimeSpan.FromSeconds(20)).Topics.Single().Partitions.Where(p => p.Leader >= 0).Select(p => p.PartitionId);

    public void Dispose()
    {
        _kafka?.Dispose();
        if (_cluster.IsValueCreated && _cluster.Value.IsCompletedSuccessfully)
        {
            _cluster.Value.Result.Dispose();
        }
    }

    private static Task<KafkaCluster> StartAsync() => KafkaCluster.StartAsync(SharedKafka.Home(), new KafkaClusterSettings
    {
        Nodes = 3,
        HasProxies = true,
        JavaOptions = "-Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1",
        Properties = new Dictionary<string, string>
        {
            ["broker.session.timeout.ms"] = "4000",
            ["broker.heartbeat.interval.ms"] = "500",
            ["replica.lag.time.max.ms"] = "5000",
            ["log.retention.check.interval.ms"] = "500",
            ["file.delete.delay.ms"] = "100",
            ["min.insync.replicas"] = "1",
            ["transaction.abort.timed.out.transaction.cleanup.interval.ms"] = "1000",
            ["group.min.session.timeout.ms"] = "1000",
            ["group.consumer.min.session.timeout.ms"] = "2500",
            ["group.consumer.session.timeout.ms"] = "2500",
            ["group.consumer.min.heartbeat.interval.ms"] = "300",
            ["group.consumer.heartbeat.interval.ms"] = "300",
        },
    });
}
