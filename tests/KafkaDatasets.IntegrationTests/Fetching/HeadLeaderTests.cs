using Confluent.Kafka;
using KafkaDatasets.Fetching;
using KafkaDatasets.IntegrationTests.Cluster;
using KafkaDatasets.IntegrationTests.Faults;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Fetching;

/// <summary>Leaders that die and come back while their partitions are read at the head of the log.</summary>
[Collection(ThreeNodes.Name)]
public sealed class HeadLeaderTests(ThreeNodes nodes)
{
    private const int Partitions = 3;
    private const int Kills = 2;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = 300_000)]
    public async Task Every_record_once_and_in_order()
    {
        (KafkaCluster cluster, KafkaDriver kafka) = await nodes.HealthyAsync();
        string topic = await kafka.CreateTopicAsync(Partitions, replicationFactor: 3);
        await using IFetchEngine engine = RecordSources.Create(FetchEngine.Direct, kafka);
        await using var reading = new HeadReading(engine, topic, (await engine.DescribeTopicAsync(topic, Cancelled)).Id);
        reading.Begin(Enumerable.Range(0, Partitions).Select(p => (p, 0L)));
        int written = 0;
        for (int partition = 0; partition < Kills; partition++)
        {
            await WriteAsync();
            await reading.ReachAsync(Ends());
            KafkaNode leader = ThreeNodes.LeaderOf(kafka, topic, partition);
            leader.Kill();
            await WriteAsync();
            await reading.ReachAsync(Ends());
            leader.Start();
            await cluster.WaitForBrokersAsync(cluster.Nodes.Count, Cancelled);
            await ThreeNodes.WaitForReplicasAsync(kafka, topic);
        }

        await WriteAsync();
        await reading.ReachAsync(Ends());
        Assert.Null(reading.Failure);
        Assert.Equal(kafka.Consume(topic).Select(LogRecord.Of).OrderBy(r => r.Partition).ThenBy(r => r.Offset), reading.Records);

        async Task WriteAsync()
        {
            await kafka.ProduceAsync(
                topic, Enumerable.Range(written, 300).Select(i => (i % Partitions, (byte[]?)BitConverter.GetBytes(i))), new ProducerConfig { Acks = Acks.All, EnableIdempotence = true });
            written += 300;
        }

        IEnumerable<(int, long)> Ends() => Enumerable.Range(0, Partitions).Select(p => (p, (long)written / Partitions));
    }
}
