namespace KafkaDatasets.Testing.Cluster;

/// <summary>What a cluster is to be.</summary>
internal sealed record KafkaClusterSettings
{
    /// <summary>The number of nodes, each broker and controller. Default 1.</summary>
    public int Nodes { get; init; } = 1;

    /// <summary>Security protocols (<c>SASL_SSL</c> …) of further listeners, each on a port of its own, besides <c>PLAINTEXT</c>. Default none.</summary>
    public IReadOnlyList<string> Listeners { get; init; } = [];

    /// <summary>Whether each node has one more listener, <see cref="KafkaNode.Proxied"/>, that is reached through a <see cref="TcpProxy"/>. Default false.</summary>
    public bool HasProxies { get; init; }

    /// <summary>The security protocol of the listeners behind the proxies. Default PLAINTEXT.</summary>
    public string ProxiedProtocol { get; init; } = "PLAINTEXT";

    /// <summary>How much room each node has for its partitions, on a <see cref="SmallDisk"/> where there can be one. Default null: the disk of temporary files.</summary>
    public int? DiskMegabytes { get; init; }

    /// <summary>Options of every node's virtual machine. Default null: <c>KAFKA_HEAP_OPTS</c>.</summary>
    public string? JavaOptions { get; init; }

    /// <summary>Properties of every node, over those that <see cref="KafkaNode"/> sets. Default none.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; init; } = new Dictionary<string, string>();

    /// <summary>Further arguments of <c>kafka-storage format</c>, for example SCRAM users. Default none.</summary>
    public IReadOnlyList<string> FormatArguments { get; init; } = [];
}
