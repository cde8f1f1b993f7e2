using KafkaDatasets.IntegrationTests.Cluster;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Faults;

/// <summary>Connections that break, fall silent, or crawl.</summary>
[Collection(ThreeNodes.Name)]
public sealed class NetworkTests(ThreeNodes nodes)
{
    private const int Rows = 12_000;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = 300_000)]
    public async Task Connections_cut()
    {
        (KafkaCluster cluster, KafkaDriver kafka) = await nodes.HealthyAsync();
        FaultTopic topic = await FaultTopic.WriteAsync(kafka, Rows);
        Outcome[] outcomes = await new FaultyRead
        {
            Fault = () =>
            {
                ForEach(cluster, p => p.Cut());
                return Task.CompletedTask;
            },
        }.RunAsync(topic);
        Assert.All(outcomes, o => o.IsExact(topic));
    }

    [Fact(Timeout = 300_000)]
    public async Task Connections_refused_for_three_seconds()
    {
        (KafkaCluster cluster, KafkaDriver kafka) = await nodes.HealthyAsync();
        FaultTopic topic = await FaultTopic.WriteAsync(kafka, Rows);
        Outcome[] outcomes = await new FaultyRead
        {
            Fault = () =>
            {
                ForEach(cluster, p => p.Refuse());
                _ = HealAsync(cluster, seconds: 3);
                return Task.CompletedTask;
            },
        }.RunAsync(topic);
        Assert.All(outcomes, o => o.IsExact(topic));
    }

    [Fact(Timeout = 300_000)]
    public async Task Black_hole_for_three_seconds()
    {
        (KafkaCluster cluster, KafkaDriver kafka) = await nodes.HealthyAsync();
        FaultTopic topic = await FaultTopic.WriteAsync(kafka, Rows);
        Outcome[] outcomes = await new FaultyRead
        {
            Fault = () =>
            {
                ForEach(cluster, p => p.FallSilent());
                _ = HealAsync(cluster, seconds: 3);
                return Task.CompletedTask;
            },
        }.RunAsync(topic);
        Assert.All(outcomes, o => o.IsExact(topic));
    }

    [Fact(Timeout = 300_000)]
    public async Task Black_hole_for_good()
    {
        const double timeout = 6;
        (KafkaCluster cluster, KafkaDriver kafka) = await nodes.HealthyAsync();
        FaultTopic topic = await FaultTopic.WriteAsync(kafka, Rows);
        Outcome[] outcomes = await new FaultyRead
        {
            Timeout = timeout,
            Fault = () =>
            {
                ForEach(cluster, p => p.FallSilent());
                return Task.CompletedTask;
            },
        }.RunAsync(topic);
        Assert.All(outcomes, o => o.Failed<BrokerException>(topic, (1.5 * timeout) + 4));
    }

    [Fact(Timeout = 300_000)]
    public async Task Ten_kilobytes_a_second()
    {
        (KafkaCluster cluster, KafkaDriver kafka) = await nodes.HealthyAsync();
        FaultTopic topic = await FaultTopic.WriteAsync(kafka, rows: 300);
        ForEach(cluster, p => p.BytesPerSecond = 10_000);
        Outcome[] outcomes = await new FaultyRead { AfterRows = -1 }.RunAsync(topic);
        Assert.All(outcomes, o => o.IsExact(topic));
        Assert.All(outcomes, o => Assert.True(o.Elapsed > TimeSpan.FromSeconds(5), $"{o} was not slow"));
    }

    private static async Task HealAsync(KafkaCluster cluster, int seconds)
    {
        await Task.Delay(TimeSpan.FromSeconds(seconds), Cancelled);
        ForEach(cluster, p => p.Heal());
    }

    private static void ForEach(KafkaCluster cluster, Action<TcpProxy> act)
    {
        foreach (KafkaNode node in cluster.Nodes)
        {
            act(node.Proxy!);
        }
    }
}
