using Confluent.Kafka;

namespace KafkaDatasets.Fetching.Consumer;

/// <summary>The settings of the Confluent.Kafka clients.</summary>
internal static class ConsumerSettings
{
    /// <summary>What any client needs to reach the brokers.</summary>
    public static ClientConfig For(FetchContext context) => new(new Dictionary<string, string>(context.ClientConfig)
    {
        ["bootstrap.servers"] = context.BootstrapServers,
    });

    /// <summary>A consumer of one pass: no group, no commits, committed records only, checksums checked, memory bounded.</summary>
    public static ConsumerConfig For(FetchContext context, long queuedBytes)
    {
        long queuedKilobytes = Math.Clamp(queuedBytes >> 10, 1, 2_097_151);
        var settings = new Dictionary<string, string>
        {
            ["check.crcs"] = "true",
            ["queued.max.messages.kbytes"] = queuedKilobytes.ToString(),
            ["fetch.wait.max.ms"] = "100",
            ["fetch.queue.backoff.ms"] = "10",
            ["fetch.error.backoff.ms"] = "100",
            ["socket.nagle.disable"] = "true",
            ["reconnect.backoff.ms"] = "50",
            ["reconnect.backoff.max.ms"] = "1000",
            ["max.poll.interval.ms"] = "86400000",
        };
        foreach ((string name, string value) in context.ClientConfig)
        {
            settings[name] = value;
        }

        settings["bootstrap.servers"] = context.BootstrapServers;
        settings["group.id"] = "kafka-datasets"; // the client wants one; it is never joined and nothing is committed
        settings["enable.auto.commit"] = "false";
        settings["enable.auto.offset.store"] = "false";
        settings["enable.partition.eof"] = "true";
        settings["auto.offset.reset"] = "error";
        settings["isolation.level"] = "read_committed";
        return new ConsumerConfig(settings) { ConsumeResultFields = "headers,timestamp" };
    }

    public static KafkaDatasetException Refused(Exception e) =>
        new BrokerException($"The client refused its settings: {e.Message}. Check {nameof(KafkaDatasetOptions.ClientConfig)}.", e);
}
