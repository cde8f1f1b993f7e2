using Confluent.Kafka;
using KafkaDatasets.Fetching;
using KafkaDatasets.Tests.Fetching.Direct;
using KafkaDatasets.Writing;
using Xunit;

namespace KafkaDatasets.Tests;

/// <summary>Client settings: the same faults from reader and writer, all at once, before anything is opened.</summary>
public class ClientConfigTests
{
    private static readonly Dictionary<string, string> Faulty = new()
    {
        ["bootstrap.servers"] = "elsewhere:9092",
        ["no.such.property"] = "1",
        ["neither.this"] = "1",
        ["linger.ms"] = "soon",
        ["security.protocol"] = "SASL_SSL",
        ["sasl.mechanism"] = "PLAIN",
        ["sasl.username"] = "u",
        ["ssl.ca.location"] = "/no/such/ca.pem",
        ["sasl.password"] = null!,
    };

    private static readonly string[] Named =
    [
        "bootstrap.servers = elsewhere:9092: set BootstrapServers", "no.such.property", "neither.this", "no value for 'sasl.password'", "no sasl.password, which", "there is no such file",
    ];

    [Theory]
    [InlineData(FetchEngine.Auto)]
    [InlineData(FetchEngine.Direct)]
    [InlineData(FetchEngine.Consumer)]
    public void The_reader_names_every_fault_at_once(FetchEngine engine)
    {
        var options = new KafkaDatasetOptions { BootstrapServers = "b:1,c:x", Format = RecordFormat.Float32(1), Engine = engine, ClientConfig = Faulty, DecodeWorkers = 0 };

        var e = Assert.Throws<InvalidOptionsException>(() => options.Validate("t"));

        Assert.All([.. Named, "'c:x' is not the address", "DecodeWorkers"], part => Assert.Contains(e.Faults, f => f.Contains(part, StringComparison.Ordinal)));
        Assert.DoesNotContain("..", e.Message, StringComparison.Ordinal);
    }

    /// <summary>Settings of consumers only, which the direct engine ignores, are checked too: <see cref="FetchEngine.Auto"/> may fall back, at the latest moment.</summary>
    [Theory]
    [InlineData(FetchEngine.Auto)]
    [InlineData(FetchEngine.Direct)]
    [InlineData(FetchEngine.Consumer)]
    public void Every_fault_of_settings_that_an_engine_ignores_is_named_once(FetchEngine engine)
    {
        var config = new Dictionary<string, string> { ["session.timeout.ms"] = "abc", ["heartbeat.interval.ms"] = "-1", ["queued.min.messages"] = "x", ["socket.timeout.ms"] = "soon", ["enable.auto.commit"] = "maybe" };

        var e = Assert.Throws<InvalidOptionsException>(() => Reader(config, engine).Validate("t"));

        Assert.Equal(config.Count, e.Faults.Count);
        Assert.All(config.Keys, name => Assert.Contains(e.Faults, f => f.Contains(name, StringComparison.Ordinal)));
    }

    [Fact]
    public void The_writer_names_every_fault_at_once()
    {
        var options = new KafkaWriterOptions { BootstrapServers = "b:1,c:x", Framing = SchemaFraming.None, ClientConfig = Faulty, Partitions = 0 };

        var e = Assert.Throws<InvalidOptionsException>(() => options.Validate("t"));

        Assert.All([.. Named, "linger.ms", "'c:x' is not the address", "Partitions"], part => Assert.Contains(e.Faults, f => f.Contains(part, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("security.protocol", "smoke")]
    [InlineData("socket.timeout.ms", "soon")]
    [InlineData("enable.ssl.certificate.verification", "perhaps")]
    [InlineData("session.timeout.ms", "abc")]
    [InlineData("linger.ms", "soon")]
    [InlineData("acks", "some")]
    [InlineData("debug", "nothing")]
    public void A_value_that_is_invalid_is_a_fault_with_every_engine_and_of_the_writer(string name, string value)
    {
        var config = new Dictionary<string, string> { [name] = value };
        foreach (FetchEngine engine in Enum.GetValues<FetchEngine>())
        {
            Assert.Contains(name, Assert.Single(Assert.Throws<InvalidOptionsException>(() => Reader(config, engine).Validate("t")).Faults), StringComparison.Ordinal);
        }

        Assert.Contains(name, Assert.Single(Assert.Throws<InvalidOptionsException>(() => Writer(config).Validate("t")).Faults), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_valid_is_no_fault()
    {
        var config = new Dictionary<string, string>
        {
            ["bootstrap.servers"] = "b:1",
            ["client.id"] = "me",
            ["linger.ms"] = "5",
            ["acks"] = "all",
            ["group.id"] = "g",
            ["fetch.min.bytes"] = "10",
            ["compression.type"] = "zstd",
            ["security.protocol"] = "sasl_ssl",
            ["sasl.mechanisms"] = "SCRAM-SHA-512",
            ["sasl.username"] = "u",
            ["sasl.password"] = "p",
            ["sasl.kerberos.principal"] = "x",
        };
        Reader(config, FetchEngine.Auto).Validate("t");
        Reader(config, FetchEngine.Consumer).Validate("t");
        Writer(config).Validate("t");
    }

    [Fact]
    public void Objects_of_Confluent_Kafka_are_taken_with_their_servers()
    {
        var client = new ClientConfig { BootstrapServers = "b:1", SaslUsername = "u", SaslPassword = "p", SaslMechanism = SaslMechanism.ScramSha256, SecurityProtocol = SecurityProtocol.SaslSsl };
        foreach (ClientConfig any in new[] { client, new ConsumerConfig(client) { GroupId = "g", ConsumeResultFields = "all" }, new ProducerConfig(client) { LingerMs = 3, DeliveryReportFields = "all" } })
        {
            var reader = new KafkaDatasetOptions(any) { Format = RecordFormat.Float32(1), Engine = FetchEngine.Direct };
            var writer = new KafkaWriterOptions(any) { Framing = SchemaFraming.None };
            reader.Validate("t");
            writer.Validate("t");
            Assert.Equal("b:1", reader.BootstrapServers);
            Assert.Equal("b:1", writer.BootstrapServers);
            Assert.Equal("SCRAM-SHA-256", reader.ClientConfig["sasl.mechanism"]);
            Assert.DoesNotContain("bootstrap.servers", writer.ClientConfig.Keys);
            using IProducer<Null, Null> producer = new ProducerBuilder<Null, Null>(ProducerSettings.From(writer)).SetLogHandler((_, _) => { }).Build();
        }

        Assert.Contains("BootstrapServers is empty", Assert.Throws<InvalidOptionsException>(() => new KafkaWriterOptions(new ClientConfig()) { Framing = SchemaFraming.None }.Validate("t")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_that_fit_one_by_one_but_not_together_are_invalid_options_too()
    {
        var config = new Dictionary<string, string> { ["security.protocol"] = "SSL", ["ssl.key.pem"] = "no key" };
        await using IFetchEngine engine = FetchEngines.Create(FetchEngine.Consumer, DirectEngineTests.Context("b:1", TimeSpan.FromSeconds(5), [.. config.Select(c => (c.Key, c.Value))]));

        var e = await Assert.ThrowsAsync<InvalidOptionsException>(async () => await engine.DescribeTopicAsync("t", TestContext.Current.CancellationToken));

        Assert.Contains("ssl.key.pem", Assert.Single(e.Faults), StringComparison.Ordinal);
    }

    private static KafkaDatasetOptions Reader(Dictionary<string, string> config, FetchEngine engine) =>
        new() { BootstrapServers = "b:1", Format = RecordFormat.Float32(1), Engine = engine, ClientConfig = config };

    private static KafkaWriterOptions Writer(Dictionary<string, string> config) => new() { BootstrapServers = "b:1", Framing = SchemaFraming.None, ClientConfig = config };
}
