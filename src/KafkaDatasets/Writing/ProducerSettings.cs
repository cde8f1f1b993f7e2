using KafkaDatasets.Clients;

namespace KafkaDatasets.Writing;

/// <summary>The producer's settings: the defaults, then the user's, then those that the writer relies on. A later one wins.</summary>
internal static class ProducerSettings
{
    public static IEnumerable<KeyValuePair<string, string>> From(KafkaWriterOptions options) =>
    [
        .. SilenceLimits.Properties(options.Timeout),
        new("compression.type", "snappy"),
        new("linger.ms", "500"),
        new("batch.size", "2000000"),
        new("acks", "all"),
        new("enable.idempotence", "true"),
        new("queue.buffering.max.kbytes", "65536"),
        new("partitioner", "murmur2_random"),
        .. ClientProperties.PassedOn(options.ClientConfig),
        new("bootstrap.servers", options.BootstrapServers),
        new("dotnet.producer.delivery.report.fields", "none"),
        new("allow.auto.create.topics", "false"), // the writer creates its topic itself, with the partitions that it is told
    ];
}
