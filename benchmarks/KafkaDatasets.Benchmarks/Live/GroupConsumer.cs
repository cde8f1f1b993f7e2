using Confluent.Kafka;
using KafkaDatasets.Benchmarks.Grounds;

namespace KafkaDatasets.Benchmarks.Live;

/// <summary>Confluent.Kafka's consumer as the only member of a new group, with the waits of <c>KafkaLiveDataset</c>.</summary>
internal static class GroupConsumer
{
    public static IConsumer<Ignore, byte[]> Create(Ground ground, AutoOffsetReset start) => new ConsumerBuilder<Ignore, byte[]>(new ConsumerConfig
    {
        BootstrapServers = ground.BootstrapServers,
        GroupId = $"benchmark-{Guid.NewGuid():N}",
        AutoOffsetReset = start,
        EnableAutoCommit = false,
        EnableAutoOffsetStore = false,
        FetchWaitMaxMs = 100,
        FetchQueueBackoffMs = 10,
    }).SetLogHandler((_, _) => { }).Build();
}
