using Confluent.Kafka;
using KafkaDatasets.Benchmarks.Grounds;

namespace KafkaDatasets.Benchmarks.Live;

/// <summary>Confluent.Kafka's consumer as the only member of a new group, with the settings of <c>KafkaLiveDataset</c>: the same waits, protocol and checks, committed records only, and the ends of partitions told.</summary>
internal static class GroupConsumer
{
    public static IConsumer<Ignore, byte[]> Create(Ground ground, AutoOffsetReset start) => new ConsumerBuilder<Ignore, byte[]>(new ConsumerConfig
    {
        BootstrapServers = ground.BootstrapServers,
        GroupId = $"benchmark-{Guid.NewGuid():N}",
        AutoOffsetReset = start,
        EnableAutoCommit = false,
        EnableAutoOffsetStore = false,
        EnablePartitionEof = true,
        IsolationLevel = IsolationLevel.ReadCommitted,
        CheckCrcs = true,
        FetchWaitMaxMs = 100,
        FetchQueueBackoffMs = 10,
        SocketNagleDisable = true,
        GroupProtocol = ground.IsEmbedded ? GroupProtocol.Classic : GroupProtocol.Consumer,
        ConsumeResultFields = "headers,timestamp",
    }).SetLogHandler((_, _) => { }).Build();
}
