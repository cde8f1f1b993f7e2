using Confluent.Kafka;
using Xunit;

namespace KafkaDatasets.Tests.Embedded;

/// <summary>Consumer groups and transactions on the embedded Kafka: what works, and what is said where it does not.</summary>
public sealed class EmbeddedGroupsTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public void A_group_shares_the_partitions_and_goes_on_where_it_committed()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        kafka.CreateTopic("events", 4);
        Produce(kafka, "events", 4, 0, 100);
        using (IConsumer<Ignore, int> first = Join(kafka, "group", "events"))
        {
            Assert.Equal(Enumerable.Range(0, 100), Read(first, 100).Order());
            first.Commit();
        }

        Produce(kafka, "events", 4, 100, 60);
        using IConsumer<Ignore, int> second = Join(kafka, "group", "events");
        Assert.Equal(Enumerable.Range(100, 60), Read(second, 60).Order());
        using IConsumer<Ignore, int> other = Join(kafka, "other", "events");
        Assert.Equal(Enumerable.Range(0, 160), Read(other, 160).Order());
    }

    [Fact]
    public void Two_members_of_a_group_have_half_of_the_partitions_each_and_one_takes_over_from_the_other()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        kafka.CreateTopic("events", 4);
        using IConsumer<Ignore, int> first = Join(kafka, "group", "events");
        IConsumer<Ignore, int> second = Join(kafka, "group", "events");
        try
        {
            Poll(() => first.Assignment.Count == 2 && second.Assignment.Count == 2, first, second);
            Assert.Equal([0, 1, 2, 3], first.Assignment.Concat(second.Assignment).Select(p => p.Partition.Value).Order());
        }
        finally
        {
            second.Close();
            second.Dispose();
        }

        Poll(() => first.Assignment.Count == 4, first);
    }

    [Fact]
    public void A_transactions_records_are_read_once_it_is_committed()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        kafka.CreateTopic("out", 1);
        using (IProducer<Null, int> producer = Transactional(kafka, "id"))
        {
            producer.InitTransactions(Deadline);
            for (int i = 0; i < 3; i++)
            {
                producer.BeginTransaction();
                producer.Produce("out", new Message<Null, int> { Value = i });
                producer.CommitTransaction(Deadline);
            }
        }

        using IConsumer<Ignore, int> reader = Join(kafka, "reader", "out");
        Assert.Equal([0, 1, 2], Read(reader, 3));
    }

    /// <summary>What the embedded Kafka cannot do, as its documentation says; when one of these fails, librdkafka has learned it.</summary>
    [Fact]
    public void Aborted_records_are_not_hidden_and_offsets_in_a_transaction_are_not_kept()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        kafka.CreateTopic("in", 1);
        kafka.CreateTopic("out", 1);
        Produce(kafka, "in", 1, 0, 10);
        using IConsumer<Ignore, int> consumer = Join(kafka, "group", "in");
        Assert.Equal(Enumerable.Range(0, 10), Read(consumer, 10));
        using (IProducer<Null, int> producer = Transactional(kafka, "id"))
        {
            producer.InitTransactions(Deadline);
            producer.BeginTransaction();
            producer.Produce("out", new Message<Null, int> { Value = 7 });
            producer.SendOffsetsToTransaction([new TopicPartitionOffset("in", 0, 10)], consumer.ConsumerGroupMetadata, Deadline);
            producer.CommitTransaction(Deadline);
            producer.BeginTransaction();
            producer.Produce("out", new Message<Null, int> { Value = 8 });
            producer.Flush(Deadline);
            producer.AbortTransaction(Deadline);
        }

        Assert.Equal(Offset.Unset, consumer.Committed([new TopicPartition("in", 0)], Deadline)[0].Offset);
        using IConsumer<Ignore, int> reader = Join(kafka, "reader", "out");
        Assert.Equal([7, 8], Read(reader, 2));
    }

    [Theory]
    [InlineData(FetchEngine.Direct, true)]
    [InlineData(FetchEngine.Direct, false)]
    [InlineData(FetchEngine.Consumer, true)]
    [InlineData(FetchEngine.Consumer, false)]
    public async Task A_range_with_records_of_a_transaction_is_refused_since_they_may_have_been_aborted(FetchEngine engine, bool isCommitted)
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start(new EmbeddedKafkaOptions { Brokers = 3 });
        kafka.CreateTopic("out", 4);
        Produce(kafka, "out", 4, 0, 40);
        KafkaDatasetOptions Options(TopicRange range) => new() { BootstrapServers = kafka.BootstrapServers, Engine = engine, Format = RecordFormat.Float32(1), Range = range };
        await using (KafkaDataset before = await KafkaDataset.OpenAsync("out", Options(TopicRange.All), TestContext.Current.CancellationToken))
        {
            Assert.Equal(40, before.Snapshot.Length);
        }

        using (IProducer<Null, int> producer = Transactional(kafka, "id"))
        {
            producer.InitTransactions(Deadline);
            producer.BeginTransaction();
            producer.Produce(new TopicPartition("out", 2), new Message<Null, int> { Value = 7 });
            producer.Flush(Deadline);
            if (isCommitted)
            {
                producer.CommitTransaction(Deadline);
            }
            else
            {
                producer.AbortTransaction(Deadline);
            }
        }

        KafkaDatasetException e = await Assert.ThrowsAsync<KafkaDatasetException>(() => KafkaDataset.OpenAsync("out", Options(TopicRange.All), TestContext.Current.CancellationToken));
        Assert.Equal(("out", 2, 10L), (e.Topic, e.Partition, e.Offset));
        Assert.Contains("transaction", e.Message);
        await using KafkaDataset others = await KafkaDataset.OpenAsync("out", Options(TopicRange.Offsets(new PartitionRange(2, 0, 10), new PartitionRange(3, 0, 10))), TestContext.Current.CancellationToken);
        Assert.Equal(20, others.Snapshot.Length);
    }

    private static IProducer<Null, int> Transactional(EmbeddedKafka kafka, string id) =>
        new ProducerBuilder<Null, int>(new ProducerConfig { BootstrapServers = kafka.BootstrapServers, TransactionalId = id, LingerMs = 0 }).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();

    private static IConsumer<Ignore, int> Join(EmbeddedKafka kafka, string group, string topic)
    {
        IConsumer<Ignore, int> consumer = new ConsumerBuilder<Ignore, int>(new ConsumerConfig
        {
            BootstrapServers = kafka.BootstrapServers,
            GroupId = group,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnableAutoCommit = false,
            SessionTimeoutMs = 3000, // a rebalance takes a second less
            HeartbeatIntervalMs = 300,
        }).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        consumer.Subscribe(topic);
        return consumer;
    }

    private static void Produce(EmbeddedKafka kafka, string topic, int partitions, int first, int count)
    {
        using IProducer<Null, int> producer = new ProducerBuilder<Null, int>(new ProducerConfig { BootstrapServers = kafka.BootstrapServers, LingerMs = 0 }).SetLogHandler((_, _) => { }).Build();
        for (int i = 0; i < count; i++)
        {
            producer.Produce(new TopicPartition(topic, i % partitions), new Message<Null, int> { Value = first + i });
        }

        Assert.Equal(0, producer.Flush(Deadline));
    }

    private static List<int> Read(IConsumer<Ignore, int> consumer, int count)
    {
        var values = new List<int>();
        long end = Environment.TickCount64 + (long)Deadline.TotalMilliseconds;
        while (values.Count < count && Environment.TickCount64 < end)
        {
            if (consumer.Consume(TimeSpan.FromMilliseconds(100)) is { } result)
            {
                values.Add(result.Message.Value);
            }
        }

        return values;
    }

    private static void Poll(Func<bool> isDone, params IConsumer<Ignore, int>[] consumers)
    {
        long end = Environment.TickCount64 + (long)Deadline.TotalMilliseconds;
        while (!isDone())
        {
            Assert.True(Environment.TickCount64 < end, $"assigned: {string.Join(" | ", consumers.Select(c => string.Join(",", c.Assignment)))}");
            foreach (IConsumer<Ignore, int> consumer in consumers)
            {
                consumer.Consume(TimeSpan.FromMilliseconds(50));
            }
        }
    }
}
