using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KafkaDatasets.Fetching;
using KafkaDatasets.IntegrationTests.Cluster;
using KafkaDatasets.Ranges;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Fetching;

/// <summary>A topic that has seen every message format, v0, v1 and v2, each in every codec that it can have: both engines give what was written.</summary>
public sealed class OldFormatTests
{
    private const int Records = 500;
    private static readonly string[] Formats = ["0.9.0", "0.10.2", "2.8"];
    private static readonly CompressionType[] Codecs = [CompressionType.None, CompressionType.Gzip, CompressionType.Snappy, CompressionType.Lz4];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Both_engines_give_every_record_of_every_format_and_codec()
    {
        KafkaHome? home = KafkaHome.FromEnvironment("KAFKA_30_HOME");
        if (home is null)
        {
            Requirement.Missing("No Kafka 3.0 to test against. Set KAFKA_30_HOME to an unpacked Apache Kafka 3.0 download (it needs Java 17 at most).");
        }

        using KafkaCluster cluster = await KafkaCluster.StartAsync(home, new KafkaClusterSettings { Properties = new Dictionary<string, string> { ["inter.broker.protocol.version"] = "2.8-IV1" } }, Cancelled);
        using var kafka = new KafkaDriver(cluster.BootstrapServers);
        string topic = await kafka.CreateTopicAsync(1, new Dictionary<string, string> { ["message.format.version"] = Formats[0] });
        long start = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var written = new List<(string Key, string Value)>();
        foreach (string format in Formats)
        {
            await SetFormatAsync(kafka, topic, format);
            foreach (CompressionType codec in Codecs)
            {
                int first = written.Count;
                written.AddRange(Enumerable.Range(first, Records).Select(i => ($"key {i % 7}", $"{format} {codec} {i} {new string('x', i % 50)}")));
                await kafka.ProduceMessagesAsync(
                    topic,
                    written.Skip(first).Select(w => (0, new Message<byte[]?, byte[]?> { Key = Encoding.UTF8.GetBytes(w.Key), Value = Encoding.UTF8.GetBytes(w.Value) })),
                    new ProducerConfig { CompressionType = codec, LingerMs = 50, BatchNumMessages = 97 });
            }
        }

        HashSet<int> magics = Magics(Path.Combine(cluster.Nodes[0].LogDirectory, $"{topic}-0"));
        Assert.Equal([0, 1, 2], magics.Order());

        await using IFetchEngine consumer = RecordSources.Create(FetchEngine.Consumer, kafka);
        await using IFetchEngine direct = RecordSources.Create(FetchEngine.Auto, kafka);
        DatasetSnapshot whole = await RangeResolver.ResolveAsync(direct, topic, TopicRange.All, DataLossPolicy.Throw, Cancelled);
        Assert.Equal(written.Count, whole.Length);
        List<LogRecord> byDirect = await RecordSources.ReadAsync(direct, whole, 4 << 20, Cancelled);
        Assert.Equal("direct", direct.Name);
        Assert.Equal(written, byDirect.Select(r => (Encoding.UTF8.GetString(r.Key!), Encoding.UTF8.GetString(r.Value!))));
        Assert.Equal(Enumerable.Range(0, written.Count).Select(i => (long)i), byDirect.Select(r => r.Offset));
        Assert.All(byDirect.Skip(Codecs.Length * Records), r => Assert.InRange(r.Timestamp, start, start + 600_000));
        Assert.Equal(await RecordSources.ReadAsync(consumer, whole, 4 << 20, Cancelled), byDirect);

        var random = new Random(5);
        for (int i = 0; i < 40; i++)
        {
            int from = random.Next(written.Count);
            int to = random.Next(from, written.Count + 1);
            var part = new DatasetSnapshot(topic, whole.TopicId, [new PartitionRange(0, from, to)]);
            Assert.Equal(byDirect.Skip(from).Take(to - from), await RecordSources.ReadAsync(direct, part, 1 << 20, Cancelled));
        }
    }

    private static Task SetFormatAsync(KafkaDriver kafka, string topic, string format) =>
        kafka.Admin.IncrementalAlterConfigsAsync(new Dictionary<ConfigResource, List<ConfigEntry>>
        {
            [new ConfigResource { Type = ResourceType.Topic, Name = topic }] =
                [new ConfigEntry { Name = "message.format.version", Value = format, IncrementalOperation = AlterConfigOpType.Set }],
        });

    /// <summary>The formats that the segments of a partition have.</summary>
    private static HashSet<int> Magics(string folder)
    {
        var magics = new HashSet<int>();
        foreach (string file in Directory.EnumerateFiles(folder, "*.log"))
        {
            using FileStream log = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            byte[] head = new byte[17];
            for (long at = 0; at + head.Length < log.Length; at += 12 + System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(8)))
            {
                log.Position = at;
                log.ReadExactly(head);
                magics.Add(head[16]);
            }
        }

        return magics;
    }
}
