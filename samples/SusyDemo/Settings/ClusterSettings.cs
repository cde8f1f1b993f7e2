namespace SusyDemo.Settings;

/// <summary>Where the brokers and the schema registry are, and how to log in.</summary>
/// <param name="BootstrapServers">Host and port of the brokers.</param>
/// <param name="ClientConfig">Client settings by librdkafka's property names.</param>
/// <param name="SchemaRegistryUrl">The address of the schema registry.</param>
/// <param name="SchemaRegistryUserInfo">Its <c>key:secret</c>, or null.</param>
internal sealed record ClusterSettings(
    string BootstrapServers, IReadOnlyDictionary<string, string> ClientConfig, string SchemaRegistryUrl, string? SchemaRegistryUserInfo)
{
    /// <summary>A PEM file with the certificate authority of the registry; null: the system's authorities.</summary>
    public string? SchemaRegistryCaFile { get; init; }

    /// <summary>A cluster that asks for no credentials.</summary>
    public ClusterSettings(string bootstrapServers, string schemaRegistryUrl)
        : this(bootstrapServers, new Dictionary<string, string>(), schemaRegistryUrl, null)
    {
    }

    /// <summary>The settings without any secret.</summary>
    public override string ToString() => $"{BootstrapServers}, schema registry {SchemaRegistryUrl}";
}
