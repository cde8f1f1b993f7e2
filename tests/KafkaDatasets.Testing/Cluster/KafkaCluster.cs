using System.Buffers.Text;
using Confluent.Kafka;

namespace KafkaDatasets.Testing.Cluster;

/// <summary>A real Kafka on the loopback interface, started from a <see cref="KafkaHome"/>; disposing it ends its processes and deletes its data.</summary>
internal sealed class KafkaCluster : IDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(90);
    private readonly string _folder;

    private KafkaCluster(KafkaHome home, KafkaClusterSettings settings)
    {
        Home = home;
        _folder = Directory.CreateTempSubdirectory("kafkadatasets-").FullName;
        Nodes = [.. Enumerable.Range(1, settings.Nodes).Select(id => new KafkaNode(home, _folder, id, settings))];
    }

    public KafkaHome Home { get; }

    public IReadOnlyList<KafkaNode> Nodes { get; }

    public string BootstrapServers => Addresses("PLAINTEXT");

    public static async Task<KafkaCluster> StartAsync(KafkaHome home, KafkaClusterSettings? settings = null, CancellationToken cancellationToken = default)
    {
        settings ??= new KafkaClusterSettings();
        var cluster = new KafkaCluster(home, settings);
        try
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            deadline.CancelAfter(StartTimeout);
            string clusterId = NewClusterId();
            string voters = string.Join(',', cluster.Nodes.Select(n => $"{n.Id}@127.0.0.1:{n.ControllerPort}"));
            await Task.WhenAll(cluster.Nodes.Select(n => n.FormatAsync(clusterId, voters, deadline.Token)));
            foreach (KafkaNode node in cluster.Nodes)
            {
                node.Start();
            }

            await cluster.WaitForBrokersAsync(settings.Nodes, cancellationToken);
            return cluster;
        }
        catch
        {
            cluster.Dispose();
            throw;
        }
    }

    public string Addresses(string listener) => string.Join(',', Nodes.Select(n => n.Address(listener)));

    /// <summary>Waits until the running nodes agree that there are so many brokers.</summary>
    public async Task WaitForBrokersAsync(int count, CancellationToken cancellationToken)
    {
        using IAdminClient admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = BootstrapServers, LogConnectionClose = false })
            .SetLogHandler((_, _) => { })
            .SetErrorHandler((_, _) => { })
            .Build();
        string last = "no answer";
        await Until.TrueAsync(
            () =>
            {
                if (Nodes.FirstOrDefault(n => !n.IsRunning) is { } dead && count == Nodes.Count)
                {
                    throw new InvalidOperationException($"Kafka node {dead.Id} has ended. {dead.LogTail}");
                }

                int seen = admin.GetMetadata(TimeSpan.FromSeconds(1)).Brokers.Count;
                last = $"{seen} brokers";
                return Task.FromResult(seen == count);
            },
            StartTimeout,
            () => $"{count} Kafka brokers are not up: {last}. {string.Join("\n", Nodes.Select(n => n.LogTail))}",
            cancellationToken);
    }

    public void Dispose()
    {
        foreach (KafkaNode node in Nodes)
        {
            node.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private static string NewClusterId()
    {
        string id;
        do
        {
            id = Base64Url.EncodeToString(Guid.NewGuid().ToByteArray());
        }
        while (id.StartsWith('-'));
        return id;
    }
}
