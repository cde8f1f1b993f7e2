using System.Diagnostics;
using Avro.Generic;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Confluent.SchemaRegistry;
using Confluent.SchemaRegistry.Serdes;
using KafkaDatasets.IntegrationTests.Cluster;
using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Writing;

public sealed class WritingTests(SharedKafka shared)
{
    private const string OneLong = """{"type":"record","name":"R","fields":[{"name":"Number","type":"long"}]}""";
    private const string OneBlob = """{"type":"record","name":"R","fields":[{"name":"Blob","type":"bytes"}]}""";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_view_is_what_Confluents_consumer_and_deserializer_read()
    {
        const int Rows = 100_000;
        KafkaDriver kafka = await shared.KafkaAsync();
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = await shared.SchemaRegistryUrlAsync() });
        string topic = NewTopic();
        var ml = new MLContext(1);
        IDataView view = ml.Data.LoadFromEnumerable(Enumerable.Range(0, Rows).Select(i => new Event { Id = i, Signal = i % 3 == 0, Pt = i * 0.5f, Pair = [i, 1f / i] }));
        ml.Data.SaveToKafka(
            view,
            topic,
            new KafkaWriterOptions
            {
                BootstrapServers = kafka.BootstrapServers,
                SchemaRegistry = registry,
                SubjectNameStrategy = SubjectNameStrategy.TopicRecord,
                RecordName = "Event",
                RecordNamespace = "n",
                Partitions = 3,
                TopicConfig = new Dictionary<string, string> { ["retention.ms"] = "-1" },
            },
            Cancelled);

        Assert.Contains($"{topic}-n.Event", await registry.GetAllSubjectsAsync());
        DescribeConfigsResult config = Assert.Single(await kafka.Admin.DescribeConfigsAsync([new ConfigResource { Name = topic, Type = ResourceType.Topic }]));
        Assert.Equal("-1", config.Entries["retention.ms"].Value);

        var deserializer = new AvroDeserializer<GenericRecord>(registry);
        var seen = new bool[Rows];
        var counts = new int[3];
        foreach (ConsumeResult<byte[]?, byte[]?> result in kafka.Consume(topic))
        {
            GenericRecord record = await deserializer.DeserializeAsync(result.Message.Value, isNull: false, new SerializationContext(MessageComponentType.Value, topic));
            int id = (int)record["Id"];
            Assert.False(seen[id]);
            seen[id] = true;
            counts[result.Partition.Value]++;
            Assert.Equal(id % 3 == 0, record["Signal"]);
            Assert.Equal(id * 0.5f, record["Pt"]);
            Assert.Equal(new object[] { (float)id, 1f / id }, (object[])record["Pair"]);
            Assert.Null(result.Message.Key);
        }

        Assert.DoesNotContain(false, seen);
        Assert.Equal([33_792, 33_440, 32_768], counts);
    }

    [Fact]
    public async Task A_schema_that_the_registry_refuses_keeps_its_code()
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = await shared.SchemaRegistryUrlAsync() });
        string topic = NewTopic();
        await registry.RegisterSchemaAsync($"{topic}-value", new Confluent.SchemaRegistry.Schema("""{"type":"record","name":"R","fields":[{"name":"Number","type":"string"}]}""", SchemaType.Avro));
        await registry.UpdateCompatibilityAsync(Compatibility.Backward, $"{topic}-value");
        var options = new KafkaWriterOptions { BootstrapServers = kafka.BootstrapServers, SchemaRegistry = registry, Schema = OneLong };
        SchemaException e = await Assert.ThrowsAsync<SchemaException>(() => KafkaRecordWriter<Row>.OpenAsync(topic, options, Cancelled));
        Assert.Equal(409, e.ErrorCode);
        Assert.Contains("not compatible", e.Message);

        SchemaException unknown = await Assert.ThrowsAsync<SchemaException>(() => KafkaRecordWriter<Row>.OpenAsync(
            NewTopic(), new KafkaWriterOptions { BootstrapServers = kafka.BootstrapServers, SchemaRegistry = registry, AutoRegisterSchema = false }, Cancelled));
        Assert.Equal(40401, unknown.ErrorCode);
    }

    [Fact]
    public async Task A_batch_that_the_broker_finds_too_large_is_named_with_partition_and_counts()
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync(partitions: 1, new Dictionary<string, string> { ["max.message.bytes"] = "2000" });
        await using KafkaRecordWriter<Large> writer = await KafkaRecordWriter<Large>.OpenAsync(topic, Options(kafka.BootstrapServers, OneBlob), Cancelled);
        await writer.WriteAsync(new Large(Noise(100)), Cancelled);
        await writer.FlushAsync(Cancelled);
        await writer.WriteAsync(new Large(Noise(3000)), Cancelled);
        KafkaWriteException e = await Assert.ThrowsAsync<KafkaWriteException>(() => writer.FlushAsync(Cancelled));
        Assert.Equal((topic, 0, 1, 1, (int)ErrorCode.MsgSizeTooLarge), (e.Topic, e.Partition, e.Written, e.NotWritten, e.ErrorCode));
        Assert.Contains("max.message.bytes", e.Message);
        Assert.Single(kafka.Consume(topic));
    }

    [Fact]
    public async Task A_topic_that_the_broker_will_not_create_is_an_error_with_its_code()
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        var options = new KafkaWriterOptions { BootstrapServers = kafka.BootstrapServers, Framing = SchemaFraming.None, Schema = OneLong, TopicConfig = new Dictionary<string, string> { ["retention.ms"] = "soon" } };
        BrokerException e = await Assert.ThrowsAsync<BrokerException>(() => KafkaRecordWriter<Row>.OpenAsync(NewTopic(), options, Cancelled));
        Assert.Equal((int)ErrorCode.InvalidConfig, e.ErrorCode);
        Assert.Contains("retention.ms", e.Message);
    }

    [Fact]
    public async Task Many_writers_may_create_the_same_topic_at_once()
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = NewTopic();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async i =>
        {
            await using KafkaRecordWriter<Row> writer = await KafkaRecordWriter<Row>.OpenAsync(topic, Options(kafka.BootstrapServers, OneLong), Cancelled);
            await writer.WriteAsync(new Row(i), Cancelled);
        }));
        Assert.Equal(4, kafka.Consume(topic).Count());
    }

    [Fact]
    public async Task A_broker_killed_and_started_again_loses_and_repeats_nothing()
    {
        const int Rows = 60_000;
        using KafkaCluster cluster = await KafkaCluster.StartAsync(SharedKafka.Home(), cancellationToken: Cancelled);
        using var kafka = new KafkaDriver(cluster.BootstrapServers);
        string topic = NewTopic();
        await using KafkaRecordWriter<Row> writer = await KafkaRecordWriter<Row>.OpenAsync(
            topic, Options(cluster.BootstrapServers, OneLong, TimeSpan.FromMinutes(2), new Dictionary<string, string> { ["linger.ms"] = "5", ["reconnect.backoff.max.ms"] = "500" }), Cancelled);
        for (int i = 0; i < Rows; i++)
        {
            if (i == Rows / 2)
            {
                cluster.Nodes[0].Kill();
                cluster.Nodes[0].Start();
            }

            await writer.WriteAsync(new Row(i), Cancelled);
        }

        await writer.FlushAsync(Cancelled);
        Assert.Equal(Enumerable.Range(0, Rows).Select(i => (long)i), kafka.Consume(topic).Select(r => ReadLong(r.Message.Value!)).Order());
    }

    [Fact]
    public async Task Refused_credentials_and_missing_rights_are_named_at_once()
    {
        using KafkaCluster cluster = await KafkaCluster.StartAsync(
            SharedKafka.Home(),
            new KafkaClusterSettings
            {
                Listeners = ["SASL_PLAINTEXT"],
                Properties = new Dictionary<string, string>
                {
                    ["sasl.enabled.mechanisms"] = "PLAIN",
                    ["listener.name.sasl_plaintext.plain.sasl.jaas.config"] = "org.apache.kafka.common.security.plain.PlainLoginModule required user_writer=\"right\";",
                    ["authorizer.class.name"] = "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                    ["super.users"] = "User:ANONYMOUS",
                },
            },
            Cancelled);
        var watch = Stopwatch.StartNew();
        BrokerException wrong = await Assert.ThrowsAsync<BrokerException>(() => OpenAsync("wr0ng-password"));
        Assert.True(wrong.IsAccessDenied);
        Assert.DoesNotContain("wr0ng-password", wrong.ToString());
        BrokerException denied = await Assert.ThrowsAsync<BrokerException>(() => OpenAsync("right"));
        Assert.True(denied.IsAccessDenied);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 20);

        Task<KafkaRecordWriter<Row>> OpenAsync(string password) => KafkaRecordWriter<Row>.OpenAsync(
            NewTopic(),
            Options(cluster.Addresses("SASL_PLAINTEXT"), OneLong, TimeSpan.FromMinutes(5), new Dictionary<string, string>
            {
                ["security.protocol"] = "SASL_PLAINTEXT",
                ["sasl.mechanism"] = "PLAIN",
                ["sasl.username"] = "writer",
                ["sasl.password"] = password,
            }),
            Cancelled);
    }

    private static string NewTopic() => $"kafkadatasets-test-{Guid.NewGuid():N}";

    private static KafkaWriterOptions Options(string servers, string schema, TimeSpan? timeout = null, Dictionary<string, string>? settings = null)
        => new() { BootstrapServers = servers, Framing = SchemaFraming.None, Schema = schema, Timeout = timeout ?? TimeSpan.FromSeconds(30), ClientConfig = settings ?? [] };

    private static byte[] Noise(int length)
    {
        byte[] noise = new byte[length];
        new Random(1).NextBytes(noise);
        return noise;
    }

    private static long ReadLong(byte[] value)
    {
        using var stream = new MemoryStream(value);
        return new Avro.IO.BinaryDecoder(stream).ReadLong();
    }

    private sealed record Row(long Number);

    private sealed record Large(byte[] Blob);

    private sealed class Event
    {
        public int Id { get; set; }

        public bool Signal { get; set; }

        public float Pt { get; set; }

        [VectorType(2)]
        public float[] Pair { get; set; } = [];
    }
}
