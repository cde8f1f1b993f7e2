using KafkaDatasets.IntegrationTests.Cluster;
using Xunit;

[assembly: AssemblyFixture(typeof(KafkaDatasets.IntegrationTests.Fetching.FetchBrokers))]

namespace KafkaDatasets.IntegrationTests.Fetching;

/// <summary>
/// The brokers of the tests of the two engines, started and filled when a test first asks: a present one,
/// which listens by every security protocol too, and the old one.
/// </summary>
public sealed class FetchBrokers : IDisposable
{
    public const string Current = "current";

    public const string Old = "3.0";

    private readonly Lazy<TestCertificates> _certificates = new();
    private readonly Lazy<Task<KafkaCluster>> _cluster;
    private readonly Lazy<Task<GeneratedLogs>> _current;
    private Task<GeneratedLogs>? _old;

    public FetchBrokers()
    {
        _cluster = new(StartAsync);
        _current = new(async () => await GeneratedLogs.WriteAsync(new KafkaDriver((await _cluster.Value).BootstrapServers) { Cluster = await _cluster.Value }, CancellationToken.None));
    }

    internal const string Password = "open-sesame-3";

    /// <summary>Kafka's user that may read all topics but those that have an access list without it.</summary>
    internal const string User = "reader";

    internal TestCertificates Certificates => _certificates.Value;

    internal Task<KafkaCluster> ClusterAsync() => _cluster.Value;

    internal Task<GeneratedLogs> CurrentAsync() => _current.Value;

    /// <summary>The logs on the broker of that name.</summary>
    internal Task<GeneratedLogs> LogsAsync(string broker, SharedKafka shared)
    {
        if (broker == Current)
        {
            return _current.Value;
        }

        lock (_cluster)
        {
            return _old ??= WriteOldAsync(shared);
        }
    }

    /// <summary>The client settings of the user that may read.</summary>
    internal Dictionary<string, string> Sasl(string mechanism) => new()
    {
        ["security.protocol"] = "SASL_SSL",
        ["ssl.ca.location"] = Certificates.Authority,
        ["sasl.mechanism"] = mechanism,
        ["sasl.username"] = User,
        ["sasl.password"] = Password,
    };

    /// <summary>The client settings of a client with a certificate.</summary>
    internal Dictionary<string, string> Certificate() => new()
    {
        ["security.protocol"] = "SSL",
        ["ssl.ca.location"] = Certificates.Authority,
        ["ssl.certificate.location"] = Certificates.Client,
        ["ssl.key.location"] = Certificates.ClientKey,
    };

    public void Dispose()
    {
        if (_cluster.IsValueCreated && _cluster.Value.IsCompletedSuccessfully)
        {
            _cluster.Value.Result.Dispose();
        }

        if (_certificates.IsValueCreated)
        {
            _certificates.Value.Dispose();
        }
    }

    private static async Task<GeneratedLogs> WriteOldAsync(SharedKafka shared) => await GeneratedLogs.WriteAsync(await shared.OldKafkaAsync(), CancellationToken.None);

    private Task<KafkaCluster> StartAsync()
    {
        const string scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;";
        return KafkaCluster.StartAsync(SharedKafka.Home(), new KafkaClusterSettings
        {
            Listeners = ["SSL", "SASL_SSL"],
            Properties = new Dictionary<string, string>
            {
                ["ssl.keystore.type"] = "PEM",
                ["ssl.keystore.location"] = Certificates.ServerStore,
                ["ssl.truststore.type"] = "PEM",
                ["ssl.truststore.location"] = Certificates.Authority,
                ["listener.name.ssl.ssl.client.auth"] = "required",
                ["sasl.enabled.mechanisms"] = "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
                ["listener.name.sasl_ssl.plain.sasl.jaas.config"] = $"org.apache.kafka.common.security.plain.PlainLoginModule required user_{User}=\"{Password}\";",
                ["listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config"] = scram,
                ["listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config"] = scram,
                ["authorizer.class.name"] = "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                ["allow.everyone.if.no.acl.found"] = "true",
                ["super.users"] = "User:ANONYMOUS",
            },
            FormatArguments =
            [
                "--add-scram", $"SCRAM-SHA-256=[name={User},password={Password}]",
                "--add-scram", $"SCRAM-SHA-512=[name={User},password={Password}]",
            ],
        });
    }
}
