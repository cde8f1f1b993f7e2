using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Confluent.Kafka.Admin;
using Confluent.SchemaRegistry;
using KafkaDatasets.IntegrationTests.Cluster;
using KafkaDatasets.IntegrationTests.Fetching;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Faults;

/// <summary>Secrets, certificates and passwords that are good no more; what is refused from the start is in <see cref="SecurityTests"/>.</summary>
public sealed class SecretTests(FetchBrokers brokers)
{
    /// <summary>In every secret.</summary>
    private const string Planted = "sesame-71";

    public static TheoryData<FetchEngine> EveryEngine => Engines.All;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>Reads, and fails in every way that sees secrets, and searches all that was said.</summary>
    [Theory(Timeout = 180_000)]
    [MemberData(nameof(EveryEngine))]
    public async Task Secrets_are_told_to_nobody(FetchEngine engine)
    {
        LogTopic topic = (await brokers.CurrentAsync()).Every;
        string servers = (await brokers.ClusterAsync()).Addresses("SASL_SSL");
        var said = new StringBuilder();
        using var log = new CapturedLog();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "KafkaDatasets",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = a => Say($"{a.DisplayName} {a.StatusDescription} {string.Join(' ', a.TagObjects)} {string.Join(' ', a.Events.SelectMany(e => e.Tags))}"),
        };
        ActivitySource.AddActivityListener(listener);
        using var stub = new StubRegistry(_ => StubRegistry.Error(401, 40101, "no"));
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = stub.Url, BasicAuthUserInfo = $"user:{Planted}", MaxRetries = 1 });

        await using (KafkaDataset dataset = await OpenAsync(Client(FetchBrokers.Password)))
        {
            Say(dataset, dataset.Snapshot, dataset.Snapshot.ToJson(), dataset.Schema);
            Assert.NotEmpty(await LogRow.ReadAsync(dataset, 1000, Cancelled));
        }

        Dictionary<string, string>[] refused =
        [
            Client(Planted),
            new(Client(FetchBrokers.Password)) { ["ssl.key.pem"] = $"-----BEGIN PRIVATE KEY-----\n{Planted}\n-----END PRIVATE KEY-----", ["ssl.certificate.pem"] = Planted },
            new(Client(FetchBrokers.Password)) { ["ssl.key.password"] = Planted, ["ssl.key.location"] = brokers.Certificates.ClientKey, ["ssl.certificate.location"] = "/no/such/file" },
            new(Client(FetchBrokers.Password)) { ["ssl.keystore.password"] = Planted, ["ssl.keystore.location"] = "/no/such/file" },
            new(Client(Planted)) { ["sasl.mechanism"] = "NO-SUCH" },
            new(Client(Planted)) { ["no.such.property"] = Planted },
            new(Client(Planted)) { ["socket.timeout.ms"] = Planted },
        ];
        foreach (Dictionary<string, string> client in refused)
        {
            Say(await Within.ThrowsAnyAsync<KafkaDatasetException>(30, () => OpenAsync(client)));
        }

        Say(await Within.ThrowsAsync<SchemaException>(30, () => OpenAsync(Client(FetchBrokers.Password), registry)));
        foreach ((_, string line) in log.Lines)
        {
            Say(line);
        }

        Assert.NotEmpty(log.Lines);
        Assert.DoesNotContain(Planted, said.ToString());
        Assert.DoesNotContain(FetchBrokers.Password, said.ToString());

        Task<KafkaDataset> OpenAsync(Dictionary<string, string> client, ISchemaRegistryClient? schemas = null)
        {
            var options = new KafkaDatasetOptions
            {
                BootstrapServers = servers,
                ClientConfig = client,
                SchemaRegistry = schemas,
                Format = schemas is null ? RecordFormat.Avro(LogTopic.Schema) : RecordFormat.Registry,
                Label = LabelColumn.Binary("label"),
                Engine = engine,
                OnBadRecord = BadRecordPolicy.Skip,
                Timeout = TimeSpan.FromSeconds(8),
                LoggerFactory = log,
                Progress = new Told(p => Say(p)),
            };
            Say(options);
            return KafkaDataset.OpenAsync(topic.Name, options, Cancelled);
        }

        void Say(params object[] things)
        {
            lock (said)
            {
                said.AppendJoin('\n', things).AppendLine();
            }
        }
    }

    [Theory(Timeout = 120_000)]
    [MemberData(nameof(EveryEngine))]
    public async Task Expired_certificate(FetchEngine engine)
    {
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=an authority", authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        using X509Certificate2 authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-9), DateTimeOffset.UtcNow.AddDays(9));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var server = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        server.CertificateExtensions.Add(names.Build());
        using X509Certificate2 bare = server.Create(authority, DateTimeOffset.UtcNow.AddDays(-8), DateTimeOffset.UtcNow.AddDays(-1), [1, 2, 3]);
        using X509Certificate2 certificate = bare.CopyWithPrivateKey(key);
        using var broker = new TcpListener(IPAddress.Loopback, 0);
        broker.Start();
        _ = ServeAsync(broker, certificate);

        string servers = $"127.0.0.1:{((IPEndPoint)broker.LocalEndpoint).Port}";
        var e = await Within.ThrowsAsync<BrokerException>(15, () => KafkaDataset.OpenAsync(
            "topic",
            new KafkaDatasetOptions
            {
                BootstrapServers = servers,
                ClientConfig = new Dictionary<string, string> { ["security.protocol"] = "SSL", ["ssl.ca.pem"] = authority.ExportCertificatePem() },
                Format = RecordFormat.Avro(LogTopic.Schema),
                Engine = engine,
            },
            Cancelled));
        Assert.True(e.IsAccessDenied, e.Message);
        Assert.Contains(servers, e.Message);
    }

    /// <summary>The password is another when the connection has to be made anew in the middle of a read.</summary>
    [Fact(Timeout = 180_000)]
    public async Task Password_changed_between_reconnects()
    {
        const string user = "reader";
        const string scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;";
        using KafkaCluster cluster = await KafkaCluster.StartAsync(
            SharedKafka.Home(),
            new KafkaClusterSettings
            {
                HasProxies = true,
                ProxiedProtocol = "SASL_PLAINTEXT",
                Properties = new Dictionary<string, string> { ["sasl.enabled.mechanisms"] = "SCRAM-SHA-256", ["listener.name.proxied.scram-sha-256.sasl.jaas.config"] = scram },
                FormatArguments = ["--add-scram", $"SCRAM-SHA-256=[name={user},password={Planted}]"],
            },
            Cancelled);
        using var kafka = new KafkaDriver(cluster.BootstrapServers) { Cluster = cluster };
        FaultTopic topic = await FaultTopic.WriteAsync(kafka, rows: 12_000);
        var client = new Dictionary<string, string>
        {
            ["security.protocol"] = "SASL_PLAINTEXT",
            ["sasl.mechanism"] = "SCRAM-SHA-256",
            ["sasl.username"] = user,
            ["sasl.password"] = Planted,
        };
        Outcome[] outcomes = await new FaultyRead
        {
            Timeout = 30,
            ClientConfig = client,
            Fault = async () =>
            {
                await kafka.Admin.AlterUserScramCredentialsAsync(
                [
                    new UserScramCredentialUpsertion
                    {
                        User = user,
                        ScramCredentialInfo = new ScramCredentialInfo { Mechanism = ScramMechanism.ScramSha256, Iterations = 4096 },
                        Password = "another"u8.ToArray(),
                    },
                ]);
                await Until.TrueAsync(IsRefusedAsync, TimeSpan.FromSeconds(30), () => "the broker still takes the old password", Cancelled);
                cluster.Nodes[0].Proxy!.Cut();
            },
        }.RunAsync(topic);
        Assert.All(outcomes, o =>
        {
            BrokerException e = o.Failed<BrokerException>(topic, 20);
            Assert.True(e.IsAccessDenied, e.Message);
            Assert.DoesNotContain(Planted, e.ToString());
        });

        async Task<bool> IsRefusedAsync()
        {
            try
            {
                await using KafkaDataset dataset = await KafkaDataset.OpenAsync(
                    topic.Name,
                    new KafkaDatasetOptions { BootstrapServers = cluster.Addresses(KafkaNode.Proxied), ClientConfig = client, Format = RecordFormat.Avro(LogTopic.Schema), Engine = FetchEngine.Direct },
                    Cancelled);
                return false;
            }
            catch (BrokerException e) when (e.IsAccessDenied)
            {
                return true;
            }
        }
    }

    private static async Task ServeAsync(TcpListener listener, X509Certificate2 certificate)
    {
        while (true)
        {
            try
            {
                using TcpClient client = await listener.AcceptTcpClientAsync(Cancelled);
                await using var tls = new SslStream(client.GetStream());
                await tls.AuthenticateAsServerAsync(certificate);
                await tls.ReadExactlyAsync(new byte[1], Cancelled); // until it goes
            }
            catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException)
            {
                // the client would not have it
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                return;
            }
        }
    }

    private Dictionary<string, string> Client(string password) => new()
    {
        ["security.protocol"] = "SASL_SSL",
        ["ssl.ca.location"] = brokers.Certificates.Authority,
        ["sasl.mechanism"] = "PLAIN",
        ["sasl.username"] = FetchBrokers.User,
        ["sasl.password"] = password,
    };

    private sealed class Told(Action<ReadProgress> action) : IProgress<ReadProgress>
    {
        public void Report(ReadProgress value) => action(value);
    }
}
