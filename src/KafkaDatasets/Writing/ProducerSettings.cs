using KafkaDatasets.Clients;

namespace KafkaDatasets.Writing;

/// <summary>The producer's settings: the defaults, the user's settings, and those that the writer relies on; later ones override earlier ones.</summary>
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
        new("topic.metadata.propagation.max.ms", SilenceLimits.Absence(options.Timeout)), // so that a topic that was deleted is told before the time-out, which cannot say why
        new("partitioner", "murmur2_random"),
        new("dotnet.cancellation.delay.max.ms", "10"), // how long closing the producer waits for its thread
        .. ClientProperties.PassedOn(options.ClientConfig),
        new("bootstrap.servers", options.BootstrapServers),
        new("dotnet.producer.delivery.report.fields", "none"),
        new("allow.auto.create.topics", "false"), // the writer creates the topic itself, with the requested number of partitions
    ];
}
