using System.Buffers.Binary;
using Confluent.Kafka;
using KafkaDatasets.IntegrationTests.Cluster;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Faults;

/// <summary>A writer whose broker can take no more, and one that is told to stop; other faults are in <see cref="Writing.WritingTests"/>.</summary>
public sealed class WriterTests(SharedKafka shared)
{
    private const string Schema = """{"type":"record","name":"R","fields":[{"name":"Number","type":"double"}]}""";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>Not a byte is left. When there is room again, the log has what was acknowledged, and each of the others once or not at all.</summary>
    [Fact(Timeout = 300_000)]
    public async Task Disk_full_at_the_broker()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "A disk is filled by means of Linux.");
        const int before = 1000;
        const int after = 100_000;
        using KafkaCluster cluster = await KafkaCluster.StartAsync(SharedKafka.Home(), new KafkaClusterSettings { DiskMegabytes = 128 }, Cancelled);
        KafkaNode node = cluster.Nodes[0];
        using var kafka = new KafkaDriver(cluster.BootstrapServers);
        string topic = await kafka.CreateTopicAsync();
        KafkaRecordWriter<Row> writer = await KafkaRecordWriter<Row>.OpenAsync(topic, Options(cluster.BootstrapServers, seconds: 10), Cancelled);
        for (int i = 0; i < before; i++)
        {
            await writer.WriteAsync(new Row(i), Cancelled);
        }

        await writer.FlushAsync(Cancelled);
        await node.FillDiskAsync();
        int given = before;
        var e = await Within.ThrowsAsync<KafkaWriteException>(60, async () =>
        {
            for (; given < after; given++)
            {
                await writer.WriteAsync(new Row(given), Cancelled);
            }

            await writer.FlushAsync(Cancelled);
        });

        Assert.Equal(topic, e.Topic);
        Assert.InRange(e.Written, before, after - 1);
        Assert.InRange(e.Written + e.NotWritten, given, given + 1);
        await writer.DisposeAsync();
        node.RestartWithRoom();
        await cluster.WaitForBrokersAsync(1, Cancelled);
        double[] there = [.. kafka.Consume(topic).Select(Number)];
        Assert.Equal(Enumerable.Range(0, there.Length).Select(i => (double)i), there);
        Assert.InRange(there.Length, e.Written, e.Written + e.NotWritten);
    }

    [Fact(Timeout = 120_000)]
    public async Task Topic_deleted_in_mid_write()
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync();
        await using KafkaRecordWriter<Row> writer = await KafkaRecordWriter<Row>.OpenAsync(topic, Options(kafka.BootstrapServers, seconds: 10), Cancelled);
        await writer.WriteAsync(new Row(1), Cancelled);
        await writer.FlushAsync(Cancelled);
        await kafka.DeleteTopicAsync(topic);
        var e = await Within.ThrowsAsync<KafkaWriteException>(30, async () =>
        {
            await writer.WriteAsync(new Row(2), Cancelled);
            await writer.FlushAsync(Cancelled);
        });
        Assert.Contains("check whether the topic was deleted", e.Message);
        Assert.Equal((1, 1), (e.Written, e.NotWritten));
    }

    [Fact(Timeout = 120_000)]
    public async Task Compacted_topics_need_keys()
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync(config: new Dictionary<string, string> { ["cleanup.policy"] = "compact" });
        await using KafkaRecordWriter<Row> writer = await KafkaRecordWriter<Row>.OpenAsync(topic, Options(kafka.BootstrapServers, seconds: 10), Cancelled);
        var e = await Within.ThrowsAsync<KafkaWriteException>(30, async () =>
        {
            await writer.WriteAsync(new Row(1), Cancelled);
            await writer.FlushAsync(Cancelled);
        });
        Assert.Contains("every record needs a key", e.Message);
    }

    [Fact(Timeout = 120_000)]
    public async Task Cancelled_in_mid_write()
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync();
        using var cancellation = new CancellationTokenSource();
        var given = 0;
        KafkaRecordWriter<Row> writer = await KafkaRecordWriter<Row>.OpenAsync(topic, Options(kafka.BootstrapServers, seconds: 30), Cancelled);
        var write = Task.Run(async () =>
        {
            while (true)
            {
                await writer.WriteAsync(new Row(given), cancellation.Token);
                given++;
                if (given == 50_000)
                {
                    await cancellation.CancelAsync();
                }
            }
        }, Cancelled);
        await Within.ThrowsAnyAsync<OperationCanceledException>(10, () => write);
        await writer.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10), Cancelled);

        double[] written = [.. kafka.Consume(topic).Select(Number)];
        Assert.Equal(Enumerable.Range(0, written.Length).Select(i => (double)i), written); // none twice, none left out before another
        Assert.InRange(written.Length, 0, given);
    }

    private static KafkaWriterOptions Options(string servers, int seconds) => new() { BootstrapServers = servers, Framing = SchemaFraming.None, Schema = Schema, Timeout = TimeSpan.FromSeconds(seconds) };

    private static double Number(ConsumeResult<byte[]?, byte[]?> result) => BinaryPrimitives.ReadDoubleLittleEndian(result.Message.Value);

    private sealed record Row(double Number);
}
