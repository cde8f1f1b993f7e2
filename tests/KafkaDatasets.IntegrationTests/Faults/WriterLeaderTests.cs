using Confluent.Kafka;
using KafkaDatasets.IntegrationTests.Cluster;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Faults;

/// <summary>Writers to a topic one of whose nodes is gone, and with it the only replica of some partitions.</summary>
[Collection(ThreeNodes.Name)]
public sealed class WriterLeaderTests(ThreeNodes nodes)
{
    private const int Rows = 10_000;
    private const string Schema = """{"type":"record","name":"R","fields":[{"name":"Number","type":"double"}]}""";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>Rows without keys go to the partitions that live; the log names the others.</summary>
    [Fact(Timeout = 300_000)]
    public async Task A_writer_opens_without_the_partitions_whose_only_replica_is_gone()
    {
        (KafkaCluster cluster, KafkaDriver kafka) = await nodes.HealthyAsync();
        string topic = await kafka.CreateTopicAsync(partitions: 6, replicationFactor: 1);
        await ThreeNodes.WaitForReplicasAsync(kafka, topic);
        KafkaNode node = ThreeNodes.LeaderOf(kafka, topic, 0);
        node.Kill();
        try
        {
            // At once, while the others still take the node for alive, and once they know: neither crashes, hangs or loses a row
            for (int i = 0; i < 6; i++)
            {
                await WriteOrThrowInTimeAsync(kafka.BootstrapServers, topic);
            }

            await Until.TrueAsync(() => Task.FromResult(ThreeNodes.Led(kafka, topic).Count() < 6), TimeSpan.FromSeconds(60), () => "the node is still taken for alive", Cancelled);
            int[] living = [.. ThreeNodes.Led(kafka, topic)];
            var log = new CapturedLog();
            long[] before = Counts(kafka, topic, living);
            await using (KafkaRecordWriter<Row> writer = await KafkaRecordWriter<Row>.OpenAsync(topic, Options(kafka.BootstrapServers) with { LoggerFactory = log }, Cancelled).WaitAsync(TimeSpan.FromSeconds(10), Cancelled))
            {
                for (int i = 0; i < Rows; i++)
                {
                    await writer.WriteAsync(new Row(i), Cancelled);
                }

                await writer.FlushAsync(Cancelled);
            }

            Assert.Contains(log.Lines, l => l.Text.StartsWith("Partitions 0", StringComparison.Ordinal));
            Assert.Equal(Rows, Counts(kafka, topic, living).Sum() - before.Sum());
        }
        finally
        {
            node.Start();
            await cluster.WaitForBrokersAsync(3, Cancelled);
        }
    }

    private static async Task WriteOrThrowInTimeAsync(string servers, string topic)
    {
        try
        {
            await using KafkaRecordWriter<Row> writer = await KafkaRecordWriter<Row>.OpenAsync(topic, Options(servers), Cancelled).WaitAsync(TimeSpan.FromSeconds(10), Cancelled);
            await writer.WriteAsync(new Row(-1), Cancelled);
            await writer.FlushAsync(Cancelled).WaitAsync(TimeSpan.FromSeconds(12), Cancelled);
        }
        catch (Exception e) when (e is BrokerException or KafkaWriteException)
        {
        }
    }

    private static long[] Counts(KafkaDriver kafka, string topic, int[] partitions)
    {
        using IConsumer<byte[], byte[]> consumer = new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig { BootstrapServers = kafka.BootstrapServers, GroupId = "counts" }).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        return [.. partitions.Select(p => consumer.QueryWatermarkOffsets(new TopicPartition(topic, p), TimeSpan.FromSeconds(20))).Select(w => w.High.Value - w.Low.Value)];
    }

    private static KafkaWriterOptions Options(string servers) => new() { BootstrapServers = servers, Framing = SchemaFraming.None, Schema = Schema, Timeout = TimeSpan.FromSeconds(8) };

    private sealed record Row(double Number);
}
