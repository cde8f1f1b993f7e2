using KafkaDatasets.IntegrationTests.Cluster;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Faults;

/// <summary>A broker that asks for a user and a password.</summary>
public sealed class CredentialsTests(CredentialsTests.Secured secured) : IClassFixture<CredentialsTests.Secured>
{
    private const string Password = "open-sesame-1";
    private const string WrongPassword = "open-barley-2";

    public static TheoryData<FetchEngine> EveryEngine => Engines.All;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Right_ones_read(FetchEngine engine)
    {
        (string servers, string topic) = await secured.StartedAsync();
        await using KafkaDataset dataset = await OpenAsync(servers, topic, Password, engine);
        Assert.Equal([(0, 0L, 1f), (0, 1L, 0f)], (await TopicRows.ReadAsync(dataset, Cancelled)).Select(r => (r.Partition, r.Offset, r.Label)));
    }

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Wrong_ones_are_refused_soon_and_told_to_nobody(FetchEngine engine)
    {
        (string servers, string topic) = await secured.StartedAsync();
        var e = await Within.ThrowsAsync<BrokerException>(15, () => OpenAsync(servers, topic, WrongPassword, engine));
        Assert.True(e.IsAccessDenied, e.Message);
        Assert.Contains(servers, e.Message);
        Assert.DoesNotContain(WrongPassword, e.ToString());
    }

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task None_are_refused_soon(FetchEngine engine)
    {
        (string servers, string topic) = await secured.StartedAsync();
        await Within.ThrowsAsync<BrokerException>(15, () => KafkaDataset.OpenAsync(topic, Options(servers, new Dictionary<string, string>(), engine), Cancelled));
    }

    private static Task<KafkaDataset> OpenAsync(string servers, string topic, string password, FetchEngine engine) =>
        KafkaDataset.OpenAsync(topic, Options(servers, Secured.ClientConfig(password), engine), Cancelled);

    private static KafkaDatasetOptions Options(string servers, IReadOnlyDictionary<string, string> clientConfig, FetchEngine engine) => new()
    {
        BootstrapServers = servers,
        ClientConfig = clientConfig,
        Format = RecordFormat.Avro(Susy.Schema),
        Label = LabelColumn.Binary("signal"),
        Engine = engine,
        Timeout = TimeSpan.FromSeconds(8),
    };

    /// <summary>A node with a listener for SASL PLAIN, and a topic of two bare Avro records.</summary>
    public sealed class Secured : IDisposable
    {
        private readonly Lazy<Task<(string Servers, string Topic)>> _started;
        private KafkaCluster? _cluster;

        public Secured() => _started = new(StartAsync);

        public Task<(string Servers, string Topic)> StartedAsync() => _started.Value;

        public void Dispose() => _cluster?.Dispose();

        internal static Dictionary<string, string> ClientConfig(string password) => new()
        {
            ["security.protocol"] = "SASL_PLAINTEXT",
            ["sasl.mechanism"] = "PLAIN",
            ["sasl.username"] = "reader",
            ["sasl.password"] = password,
        };

        private async Task<(string Servers, string Topic)> StartAsync()
        {
            _cluster = await KafkaCluster.StartAsync(SharedKafka.Home(), new KafkaClusterSettings
            {
                Listeners = ["SASL_PLAINTEXT"],
                Properties = new Dictionary<string, string>
                {
                    ["sasl.enabled.mechanisms"] = "PLAIN",
                    ["listener.name.sasl_plaintext.plain.sasl.jaas.config"] = $"org.apache.kafka.common.security.plain.PlainLoginModule required user_reader=\"{Password}\";",
                },
            });
            string servers = _cluster.Addresses("SASL_PLAINTEXT");
            using var kafka = new KafkaDriver(servers, ClientConfig(Password));
            string topic = await kafka.CreateTopicAsync();
            await kafka.ProduceAsync(topic, [(0, Susy.Record(0, 1)[5..]), (0, Susy.Record(0, 2)[5..])]);
            return (servers, topic);
        }
    }
}
