namespace KafkaDatasets.Tests;

/// <summary>Consumer groups on the embedded Kafka.</summary>
internal static class EmbeddedGroups
{
    /// <summary>
    /// The settings of a group whose members come one after the other. In the classic protocol, the embedded Kafka waits for two seconds after a member has left before it lets the next one in,
    /// and drops a member that a busy machine kept from its heartbeats for three. With the protocol of KIP-848 a member is in at once, and is dropped after 45 seconds.
    /// </summary>
    public static IReadOnlyDictionary<string, string> Quick { get; } = new Dictionary<string, string> { ["group.protocol"] = "consumer" };
}
