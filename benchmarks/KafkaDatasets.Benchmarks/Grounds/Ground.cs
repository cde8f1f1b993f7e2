

namespace KafkaDatasets.Benchmarks.Grounds;

/// <summary>The broker and the registry that a run stands on.</summary>
internal sealed class Ground : IDisposable
{
    private readonly Stack<IDisposable> _owned;

    private KafkaCluster? _cluster;

    private Ground(Stack<IDisposable> owned) => _owned = owned;

    /// <summary>What the broker is, for the tables' captions.</summary>
    public required string Broker { get; init; }

    /// <summary>The embedded broker, where topics are to be on it.</summary>
    public EmbeddedKafka? Embedded { get; init; }

    public bool IsEmbedded => Embedded is not null;

    public required string BootstrapServers { get; init; }

    /// <summary>The same broker by TLS; null: it has no such listener that is known.</summary>
    public (string BootstrapServers, Dictionary<string, string> ClientConfig)? Secure { get; init; }

    public required string SchemaRegistryUrl { get; init; }

    /// <summary>Whether <see cref="WithoutBrokerAsync"/> can stop the broker.</summary>
    public bool CanStopBroker => _cluster is not null;

    public static async Task<Ground> StartAsync(BenchmarkSettings settings, CancellationToken cancellationToken)
    {
        var owned = new Stack<IDisposable>();
        try
        {
            KafkaHome? home = KafkaHome.FromEnvironment();
            bool usesEmbedded = settings.UseEmbedded || (settings.BootstrapServers is null && home is null);
            EmbeddedKafka? embedded = usesEmbedded || settings.SchemaRegistryUrl is null ? Own(EmbeddedKafka.Start()) : null;
            string registry = settings.SchemaRegistryUrl ?? embedded!.SchemaRegistryUrl;
            if (usesEmbedded)
            {
                return new Ground(owned)
                {
                    Broker = "the embedded broker",
                    Embedded = embedded,
                    BootstrapServers = embedded!.BootstrapServers,
                    SchemaRegistryUrl = registry,
                };
            }

            if (settings.BootstrapServers is { } given)
            {
                return new Ground(owned) { Broker = $"the cluster at {given}", BootstrapServers = given, SchemaRegistryUrl = registry };
            }

            SecureListener secure = Own(new SecureListener());
            KafkaCluster cluster = Own(await KafkaCluster.StartAsync(
                home!,
                new KafkaClusterSettings { Listeners = [SecureListener.Protocol], Properties = secure.BrokerProperties },
                cancellationToken));
            return new Ground(owned)
            {
                Broker = $"one Kafka {home!.Version} broker on the same machine",
                BootstrapServers = cluster.BootstrapServers,
                Secure = (cluster.Addresses(SecureListener.Protocol), secure.ClientConfig),
                SchemaRegistryUrl = registry,
                _cluster = cluster,
            };
        }
        catch
        {
            DisposeAll(owned);
            throw;
        }

        T Own<T>(T disposable)
            where T : IDisposable
        {
            owned.Push(disposable);
            return disposable;
        }
    }

    /// <summary>Another broker with tiered storage, with the same registry.</summary>
    public async Task<(Ground Ground, KafkaNode Node)> StartTieredAsync(KafkaHome home, CancellationToken cancellationToken)
    {
        var owned = new Stack<IDisposable>();
        try
        {
            var storage = new TieredStorage();
            owned.Push(storage);
            KafkaCluster cluster = await KafkaCluster.StartAsync(home, new KafkaClusterSettings { Properties = storage.BrokerProperties }, cancellationToken);
            owned.Push(cluster);
            return (new Ground(owned)
            {
                Broker = $"one Kafka {home.Version} broker on the same machine, LocalTieredStorage on the same disk",
                BootstrapServers = cluster.BootstrapServers,
                SchemaRegistryUrl = SchemaRegistryUrl,
            }, cluster.Nodes[0]);
        }
        catch
        {
            DisposeAll(owned);
            throw;
        }
    }

    /// <summary>Stops the broker, does something, and starts the broker again.</summary>
    public async Task WithoutBrokerAsync(Func<Task> action, CancellationToken cancellationToken)
    {
        KafkaNode node = _cluster!.Nodes[0];
        await node.StopAsync(cancellationToken);
        try
        {
            await action();
        }
        finally
        {
            node.Start();
            await _cluster.WaitForBrokersAsync(1, cancellationToken);
        }
    }

    public void Dispose() => DisposeAll(_owned);

    private static void DisposeAll(Stack<IDisposable> owned)
    {
        while (owned.TryPop(out IDisposable? disposable))
        {
            disposable.Dispose();
        }
    }
}
