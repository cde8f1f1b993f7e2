using Xunit;

[assembly: AssemblyFixture(typeof(KafkaDatasets.IntegrationTests.Cluster.SharedKafka))]

namespace KafkaDatasets.IntegrationTests.Cluster;

/// <summary>
/// The one broker and the one schema registry of a test run, each started when a test first asks for it:
/// a running one named by the environment, else one from <c>KAFKA_HOME</c> / <c>REGISTRY_HOME</c>, else one in a container.
/// </summary>
public sealed class SharedKafka : IAsyncDisposable
{
    private const string Get =
        "Set KAFKADATASETS_BOOTSTRAP_SERVERS and KAFKADATASETS_SCHEMA_REGISTRY_URL to a running cluster, "
        + "or KAFKA_HOME to an unpacked Apache Kafka download and REGISTRY_HOME to a folder with Apicurio Registry's *-runner.jar (both need Java 17), or start Docker.";

    private readonly Lazy<Task<KafkaDriver?>> _kafka;
    private readonly Lazy<Task<KafkaDriver?>> _oldKafka;
    private readonly Lazy<Task<string?>> _registry;
    private readonly Stack<IAsyncDisposable> _owned = new();

    public SharedKafka()
    {
        _kafka = new(StartKafkaAsync);
        _oldKafka = new(StartOldKafkaAsync);
        _registry = new(StartRegistryAsync);
    }

    /// <summary>The broker; ends the test, skipped or failed, when there is none.</summary>
    internal async Task<KafkaDriver> KafkaAsync()
    {
        KafkaDriver? kafka = await _kafka.Value;
        if (kafka is null)
        {
            Requirement.Missing($"No Kafka to test against. {Get}");
        }

        return kafka;
    }

    /// <summary>A Kafka 3.0 broker, whose Fetch knows no topic ids.</summary>
    internal async Task<KafkaDriver> OldKafkaAsync()
    {
        KafkaDriver? kafka = await _oldKafka.Value;
        if (kafka is null)
        {
            Requirement.Missing("No Kafka 3.0 to test against. Set KAFKA_30_HOME to an unpacked Apache Kafka 3.0 download (it needs Java 17 at most).");
        }

        return kafka;
    }

    /// <summary>The registry's address; ends the test, skipped or failed, when there is none.</summary>
    internal async Task<string> SchemaRegistryUrlAsync()
    {
        string? url = await _registry.Value;
        if (url is null)
        {
            Requirement.Missing($"No schema registry to test against. {Get}");
        }

        return url;
    }

    /// <summary>The Kafka folder for tests that start clusters of their own or run its tools.</summary>
    internal static KafkaHome Home()
    {
        KafkaHome? home = KafkaHome.FromEnvironment();
        if (home is null)
        {
            Requirement.Missing("No Apache Kafka to start nodes and tools from. Set KAFKA_HOME to an unpacked download (it needs Java 17).");
        }

        return home;
    }

    public async ValueTask DisposeAsync()
    {
        while (_owned.TryPop(out IAsyncDisposable? owned))
        {
            await owned.DisposeAsync();
        }
    }

    private async Task<KafkaDriver?> StartKafkaAsync()
    {
        if (Environment.GetEnvironmentVariable("KAFKADATASETS_BOOTSTRAP_SERVERS") is { Length: > 0 } servers)
        {
            return Own(new KafkaDriver(servers, deletesTopics: true));
        }

        if (KafkaHome.FromEnvironment() is { } home)
        {
            return Own(new KafkaDriver(Own(await KafkaCluster.StartAsync(home)).BootstrapServers));
        }

        if (Docker.Answers)
        {
            (string bootstrapServers, IAsyncDisposable container) = await Docker.StartKafkaAsync(CancellationToken.None);
            Own(container);
            return Own(new KafkaDriver(bootstrapServers));
        }

        return null;
    }

    private async Task<KafkaDriver?> StartOldKafkaAsync()
    {
        if (KafkaHome.FromEnvironment("KAFKA_30_HOME") is not { } home)
        {
            return null;
        }

        KafkaCluster cluster = Own(await KafkaCluster.StartAsync(home));
        return Own(new KafkaDriver(cluster.BootstrapServers) { Cluster = cluster });
    }

    private async Task<string?> StartRegistryAsync()
    {
        if (Environment.GetEnvironmentVariable("KAFKADATASETS_SCHEMA_REGISTRY_URL") is { Length: > 0 } url)
        {
            return url;
        }

        if (Environment.GetEnvironmentVariable("REGISTRY_HOME") is { Length: > 0 } home)
        {
            return Own(await SchemaRegistryServer.StartAsync(home)).Url;
        }

        if (Docker.Answers)
        {
            (string address, IAsyncDisposable container) = await Docker.StartSchemaRegistryAsync(CancellationToken.None);
            Own(container);
            return address;
        }

        return null;
    }

    private T Own<T>(T owned)
        where T : notnull
    {
        lock (_owned)
        {
            _owned.Push(owned as IAsyncDisposable ?? new Owned((IDisposable)owned));
        }

        return owned;
    }

    private sealed class Owned(IDisposable inner) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            inner.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
