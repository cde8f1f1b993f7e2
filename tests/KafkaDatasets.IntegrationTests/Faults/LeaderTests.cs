using KafkaDatasets.IntegrationTests.Cluster;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Faults;

/// <summary>Nodes that die, come back, or do not.</summary>
[Collection(ThreeNodes.Name)]
public sealed class LeaderTests(ThreeNodes nodes)
{
    private const int Rows = 12_000;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = 300_000)]
    public async Task Leader_killed_in_mid_read_and_started_again()
    {
        (KafkaCluster cluster, KafkaDriver kafka) = await nodes.HealthyAsync();
        FaultTopic topic = await ReplicatedAsync(kafka);
        KafkaNode leader = ThreeNodes.LeaderOf(kafka, topic.Name, 0);
        Outcome[] outcomes = await new FaultyRead
        {
            Fault = () =>
            {
                leader.Kill();
                leader.Start();
                return Task.CompletedTask;
            },
        }.RunAsync(topic);
        Assert.All(outcomes, o => o.IsExact(topic));
    }

    [Fact(Timeout = 300_000)]
    public async Task Leader_killed_while_datasets_are_opened()
    {
        (KafkaCluster cluster, KafkaDriver kafka) = await nodes.HealthyAsync();
        FaultTopic topic = await ReplicatedAsync(kafka);
        KafkaNode leader = ThreeNodes.LeaderOf(kafka, topic.Name, 0);
        Outcome[] outcomes = await new FaultyRead
        {
            AfterRows = -1,
            Fault = () =>
            {
                leader.Kill();
                return Task.CompletedTask;
            },
        }.RunAsync(topic);
        Assert.All(outcomes, o => o.IsExact(topic));

        // and by who opens it before anyone has noticed, and while it comes back
        outcomes = await new FaultyRead
        {
            AfterRows = -1,
            Fault = () =>
            {
                leader.Start();
                return Task.CompletedTask;
            },
        }.RunAsync(topic);
        Assert.All(outcomes, o => o.IsExact(topic));
    }

    [Fact(Timeout = 400_000)]
    public async Task Every_node_restarted_one_after_the_other()
    {
        (KafkaCluster cluster, KafkaDriver kafka) = await nodes.HealthyAsync();
        FaultTopic topic = await ReplicatedAsync(kafka);
        Outcome[] outcomes = await new FaultyRead
        {
            AfterRows = -1, // all the while
            Deadline = 240,
            Fault = async () =>
            {
                foreach (KafkaNode node in cluster.Nodes)
                {
                    node.Proxy!.BytesPerSecond = 100_000; // so that reading takes as long
                }

                foreach (KafkaNode node in cluster.Nodes)
                {
                    await node.StopAsync(Cancelled);
                    node.Start();
                    await cluster.WaitForBrokersAsync(3, Cancelled);
                    await ThreeNodes.WaitForReplicasAsync(kafka, topic.Name);
                }

                foreach (KafkaNode node in cluster.Nodes)
                {
                    node.Proxy!.Heal();
                }
            },
        }.RunAsync(topic);
        Assert.All(outcomes, o => o.IsExact(topic));
    }

    [Fact(Timeout = 300_000)]
    public async Task All_replicas_down_and_back_after_20_seconds()
    {
        (KafkaCluster cluster, KafkaDriver kafka) = await nodes.HealthyAsync();
        FaultTopic topic = await FaultTopic.WriteAsync(kafka, Rows); // one replica each
        KafkaNode leader = ThreeNodes.LeaderOf(kafka, topic.Name, 0);
        Task back = Task.CompletedTask;
        Outcome[] outcomes = await new FaultyRead
        {
            Fault = () =>
            {
                leader.Kill();
                back = Task.Run(async () =>
                {
                    await Task.Delay(TimeSpan.FromSeconds(20), Cancelled);
                    leader.Start();
                });
                return Task.CompletedTask;
            },
        }.RunAsync(topic);
        await back;
        Assert.All(outcomes, o => o.IsExact(topic));
    }

    [Fact(Timeout = 300_000)]
    public async Task All_replicas_down_for_good()
    {
        const double timeout = 8;
        (KafkaCluster cluster, KafkaDriver kafka) = await nodes.HealthyAsync();
        FaultTopic topic = await FaultTopic.WriteAsync(kafka, Rows);
        KafkaNode leader = ThreeNodes.LeaderOf(kafka, topic.Name, 1);
        Outcome[] outcomes = await new FaultyRead
        {
            Timeout = timeout,
            Fault = () =>
            {
                leader.Kill();
                return Task.CompletedTask;
            },
        }.RunAsync(topic);
        Assert.All(outcomes, o =>
        {
            BrokerException e = o.Failed<BrokerException>(topic, timeout + 8);
            Assert.NotNull(e.Offset);
            Assert.DoesNotContain(e.Partition!.Value, ThreeNodes.Led(kafka, topic.Name));
        });
    }

    private static async Task<FaultTopic> ReplicatedAsync(KafkaDriver kafka)
    {
        FaultTopic topic = await FaultTopic.WriteAsync(kafka, Rows, replicas: 3, config: new Dictionary<string, string> { ["min.insync.replicas"] = "2" });
        await ThreeNodes.WaitForReplicasAsync(kafka, topic.Name);
        return topic;
    }
}
