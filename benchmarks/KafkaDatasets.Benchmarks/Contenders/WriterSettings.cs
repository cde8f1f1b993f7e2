using Confluent.Kafka;

namespace KafkaDatasets.Benchmarks.Contenders;

/// <summary>What writers send with: the defaults of the library's writer, said again for the others.</summary>
internal static class WriterSettings
{
    public static ProducerConfig For(ContenderTask task) => new(task.ClientConfig)
    {
        BootstrapServers = task.BootstrapServers,
        CompressionType = CompressionType.Snappy,
        LingerMs = 500,
        BatchSize = 2_000_000,
        Acks = Acks.All,
        EnableIdempotence = true,
        QueueBufferingMaxKbytes = 65_536,
    };
}
