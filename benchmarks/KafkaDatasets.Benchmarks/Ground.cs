using KafkaDatasets.IntegrationTests.Cluster;

namespace KafkaDatasets.Benchmarks;

/// <summary>The broker and the registry that a run stands on.</summary>
internal sealed class Ground : IDisposable
{
    private readonly Stack<IDisposable> _owned;

    private Ground(Stack<IDisposable> owned) => _owned = owned;

    /// <summary>What the broker is, for the table's caption.</summary>
    public required string Broker { get; init; }

    /// <summary>The embedded broker, where the topic is to be on it.</summary>
    public required EmbeddedKafka? Embedded { get; init; }

    public bool IsEmbedded => Embedded is not null;

    public required string BootstrapServers { get; init; }

    public required string SchemaRegistryUrl { get; init; }

    public static async Task<Ground> StartAsync(BenchmarkSettings settings, CancellationToken cancellationToken)
    {
        var owned = new Stack<IDisposable>();
        try
        {
            KafkaHome? home = KafkaHome.FromEnvironment();
            bool usesEmbedded = settings.UseEmbedded || (settings.BootstrapServers is null && home is null);
            EmbeddedKafka? embedded = null;
            if (usesEmbedded || settings.SchemaRegistryUrl is null)
            {
                embedded = EmbeddedKafka.Start();
                owned.Push(embedded);
            }

            string broker;
            string servers;
            if (usesEmbedded)
            {
                (broker, servers) = ("the embedded broker", embedded!.BootstrapServers);
            }
            else if (settings.BootstrapServers is { } given)
            {
                (broker, servers) = ($"the cluster at {given}", given);
            }
            else
            {
                KafkaCluster cluster = await KafkaCluster.StartAsync(home!, cancellationToken: cancellationToken);
                owned.Push(cluster);
                (broker, servers) = ($"one Kafka {home!.Version} broker on the same machine", cluster.BootstrapServers);
            }

            return new Ground(owned)
            {
                Broker = broker,
                Embedded = usesEmbedded ? embedded : null,
                BootstrapServers = servers,
                SchemaRegistryUrl = settings.SchemaRegistryUrl ?? embedded!.SchemaRegistryUrl,
            };
        }
        catch
        {
            foreach (IDisposable disposable in owned)
            {
                disposable.Dispose();
            }

            throw;
        }
    }

    public void Dispose()
    {
        while (_owned.TryPop(out IDisposable? owned))
        {
            owned.Dispose();
        }
    }
}
