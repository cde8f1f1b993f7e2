using Confluent.Kafka.Admin;
using KafkaDatasets.Fetching;
using KafkaDatasets.IntegrationTests.Cluster;
using KafkaDatasets.IntegrationTests.Faults;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Fetching;

/// <summary>TLS and SASL: both engines read what they read without, and are refused in the same way, at once.</summary>
public sealed class SecurityTests(FetchBrokers brokers)
{
    /// <summary>Far below the time that brokers may be unreachable: what is refused is not tried again.</summary>
    private const int AtOnce = 15;

    private const string WrongPassword = "open-barley-4";

    public static TheoryData<FetchEngine> EveryEngine => Engines.All;

    public static TheoryData<string, FetchEngine> EveryMechanism { get; } =
        [.. new[] { "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "a certificate" }.SelectMany(mechanism => Engines.All, (mechanism, engine) => (mechanism, engine.Data))];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(EveryMechanism))]
    public async Task Records_and_rows_are_the_same(string mechanism, FetchEngine engine)
    {
        LogTopic topic = (await brokers.CurrentAsync()).Every;
        KafkaCluster cluster = await brokers.ClusterAsync();
        bool isSasl = mechanism != "a certificate";
        string servers = cluster.Addresses(isSasl ? "SASL_SSL" : "SSL");
        Dictionary<string, string> client = isSasl ? brokers.Sasl(mechanism) : brokers.Certificate();
        await using IFetchEngine fetch = RecordSources.Create(engine, servers, client);
        DatasetSnapshot whole = await Ranges.RangeResolver.ResolveAsync(fetch, topic.Name, TopicRange.All, DataLossPolicy.Throw, Cancelled);
        Assert.Equal(await topic.CommittedAsync(whole), await RecordSources.ReadAsync(fetch, whole, 8 << 20, Cancelled));

        var part = new DatasetSnapshot(whole.Topic, whole.TopicId, whole.Partitions.Select(p => p with { Start = p.Start + (p.Length / 3), End = p.End - (p.Length / 5) }));
        await using KafkaDataset dataset = await KafkaDataset.OpenAsync(topic.Name, topic.Options(engine, TopicRange.Snapshot(part), servers, client), Cancelled);
        Assert.Equal(LogRow.Of(await topic.CommittedAsync(part), part), await LogRow.ReadAsync(dataset, 500, Cancelled));
    }

    [Theory]
    [MemberData(nameof(EveryMechanism))]
    public async Task Wrong_password_or_none(string mechanism, FetchEngine engine)
    {
        Dictionary<string, string> client = mechanism == "a certificate"
            ? new() { ["security.protocol"] = "SSL", ["ssl.ca.location"] = brokers.Certificates.Authority }
            : new(brokers.Sasl(mechanism)) { ["sasl.password"] = WrongPassword };
        await RefusedAsync(engine, client, listener: mechanism == "a certificate" ? "SSL" : "SASL_SSL");
    }

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Unknown_authority(FetchEngine engine) =>
        await RefusedAsync(engine, new(brokers.Sasl("PLAIN")) { ["ssl.ca.location"] = brokers.Certificates.OtherAuthority });

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Wrong_host_name(FetchEngine engine)
    {
        string servers = (await brokers.ClusterAsync()).Addresses("SASL_SSL").Replace("127.0.0.1", "localhost");
        await RefusedAsync(engine, brokers.Sasl("PLAIN"), servers: servers);
    }

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Missing_access_to_a_topic(FetchEngine engine)
    {
        KafkaDriver kafka = (await brokers.CurrentAsync()).Kafka;
        string hidden = await kafka.CreateTopicAsync();
        string visible = await kafka.CreateTopicAsync();
        await kafka.ProduceAsync(visible, [(0, [1])]);
        await kafka.Admin.CreateAclsAsync(
        [
            Allow(hidden, "User:somebody", AclOperation.All),
            Allow(visible, "User:somebody", AclOperation.Read),
            Allow(visible, $"User:{FetchBrokers.User}", AclOperation.Describe),
        ]);

        BrokerException e = await RefusedAsync(engine, brokers.Sasl("SCRAM-SHA-512"), hidden);
        Assert.Equal((hidden, 29), (e.Topic, e.ErrorCode));
        e = await RefusedAsync(engine, brokers.Sasl("SCRAM-SHA-512"), visible);
        Assert.Equal((visible, 29), (e.Topic, e.ErrorCode));
    }

    private static AclBinding Allow(string topic, string principal, AclOperation operation) => new()
    {
        Pattern = new ResourcePattern { Type = ResourceType.Topic, Name = topic, ResourcePatternType = ResourcePatternType.Literal },
        Entry = new AccessControlEntry { Principal = principal, Host = "*", Operation = operation, PermissionType = AclPermissionType.Allow },
    };

    /// <summary>Opens and reads a topic, which must be refused.</summary>
    private async Task<BrokerException> RefusedAsync(FetchEngine engine, Dictionary<string, string> client, string? topic = null, string listener = "SASL_SSL", string? servers = null)
    {
        LogTopic every = (await brokers.CurrentAsync()).Every;
        servers ??= (await brokers.ClusterAsync()).Addresses(listener);
        var e = await Within.ThrowsAsync<BrokerException>(AtOnce, async () =>
        {
            await using KafkaDataset dataset = await KafkaDataset.OpenAsync(topic ?? every.Name, every.Options(engine, TopicRange.All, servers, client), Cancelled);
            await LogRow.ReadAsync(dataset, 1000, Cancelled);
        });
        Assert.True(e.IsAccessDenied, e.Message);
        Assert.Contains(topic ?? servers, e.Message);
        Assert.DoesNotContain(WrongPassword, e.ToString());
        Assert.DoesNotContain(FetchBrokers.Password, e.ToString());
        return e;
    }
}
