using Confluent.Kafka.Admin;
using KafkaDatasets.Fetching;
using KafkaDatasets.IntegrationTests.Cluster;
using KafkaDatasets.Ranges;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Fetching;

/// <summary>Reading at the head of the log by the direct engine; Confluent.Kafka's consumer is the witness.</summary>
public sealed class HeadTests(FetchBrokers brokers, SharedKafka shared)
{
    /// <summary>A wait for records in milliseconds, far longer than a test takes.</summary>
    private const string LongWait = "60000";

    public static TheoryData<string> EveryListener => ["PLAINTEXT", "PLAIN", "SCRAM-SHA-512", "a certificate"];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>Logs of every kind: codecs, transactions, compaction, gaps, null values; from their starts to their last stable offsets.</summary>
    [Theory]
    [InlineData(FetchBrokers.Current)]
    [InlineData(FetchBrokers.Old)]
    public async Task Every_kind_of_log_gives_the_committed_records(string broker)
    {
        GeneratedLogs logs = await brokers.LogsAsync(broker, shared);
        await using IFetchEngine engine = RecordSources.Create(FetchEngine.Direct, logs.Kafka);
        await AssertExactAsync(engine, logs.Every);
    }

    [Theory]
    [MemberData(nameof(EveryListener))]
    public async Task By_every_security_protocol(string listener)
    {
        LogTopic topic = (await brokers.CurrentAsync()).Every;
        KafkaCluster cluster = await brokers.ClusterAsync();
        (string name, Dictionary<string, string> client) = listener switch
        {
            "PLAINTEXT" => ("PLAINTEXT", []),
            "a certificate" => ("SSL", brokers.Certificate()),
            _ => ("SASL_SSL", brokers.Sasl(listener)),
        };
        await using IFetchEngine engine = RecordSources.Create(FetchEngine.Direct, name == "PLAINTEXT" ? cluster.BootstrapServers : cluster.Addresses(name), client);
        await AssertExactAsync(engine, topic);
    }

    /// <summary>What is written while it is followed, with transactions that are committed, aborted and left open: positions go past markers and aborted records, up to what is stable.</summary>
    [Fact]
    public async Task Transactions_at_the_head()
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync(partitions: 2);
        await using IFetchEngine engine = RecordSources.Create(FetchEngine.Direct, kafka);
        await using var reading = new HeadReading(engine, topic);
        reading.Begin((0, 0), (1, 0));
        for (int i = 0; i < 20; i++)
        {
            await kafka.ProduceAsync(topic, Values(i, 7));
            await kafka.ProduceTransactionAsync(topic, Values(i, 5), commit: i % 3 == 0);
            await reading.ReachAsync(await EndsAsync(engine, topic, OffsetQuery.LastStable));
        }

        using (Confluent.Kafka.IProducer<byte[]?, byte[]?> producer = kafka.CreateProducer(new Confluent.Kafka.ProducerConfig { TransactionalId = $"{topic}-open" }))
        {
            producer.InitTransactions(TimeSpan.FromSeconds(30));
            producer.BeginTransaction();
            await producer.ProduceAsync(new Confluent.Kafka.TopicPartition(topic, 0), new Confluent.Kafka.Message<byte[]?, byte[]?> { Value = [1] }, Cancelled);
            await kafka.ProduceAsync(topic, Values(99, 10));
            (int, long)[] stable = await EndsAsync(engine, topic, OffsetQuery.LastStable);
            await reading.ReachAsync(stable);
            Assert.Equal(stable[0].Item2, reading.PositionOf(0)); // not past the open transaction
            producer.AbortTransaction(TimeSpan.FromSeconds(30));
        }

        await reading.ReachAsync(await EndsAsync(engine, topic, OffsetQuery.HighWatermark));
        Assert.Null(reading.Failure);
        Assert.Equal(kafka.Consume(topic).Select(LogRecord.Of).OrderBy(r => r.Partition).ThenBy(r => r.Offset), reading.Records);
    }

    [Fact]
    public async Task Offsets_that_are_not_in_the_log_are_asked_about()
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync(partitions: 2);
        await kafka.ProduceAsync(topic, Values(0, 200));
        await kafka.DeleteRecordsAsync(topic, 0, 40);
        await kafka.DeleteRecordsAsync(topic, 1, 60);
        var asked = new List<(int, long)>();
        await using IFetchEngine engine = RecordSources.Create(FetchEngine.Direct, kafka);
        await using var reading = new HeadReading(engine, topic)
        {
            OutOfRange = (partition, position) =>
            {
                asked.Add((partition, position));
                return partition == 0 ? 40 : throw new DataLossException("It is gone.");
            },
        };
        reading.Begin((0, 7), (1, 8));
        await Until.TrueAsync(() => Task.FromResult(reading.Failure is not null && reading.PositionOf(0) == 100), TimeSpan.FromSeconds(30), () => "the event", Cancelled);
        Assert.Equal([(0, 7), (1, 8)], asked.Order());
        Assert.IsType<DataLossException>(reading.Failure);
        Assert.Equal(Enumerable.Range(40, 60).Select(o => (0, (long)o)), reading.Records.Select(r => (r.Partition, r.Offset)));
    }

    /// <summary>A wait of a minute for records keeps neither another partition from being read, nor another epoch, nor the end.</summary>
    [Theory]
    [InlineData("PLAINTEXT")]
    [InlineData("SCRAM-SHA-512")]
    public async Task A_wait_for_records_delays_nothing_else(string listener)
    {
        GeneratedLogs logs = await brokers.CurrentAsync();
        KafkaCluster cluster = await brokers.ClusterAsync();
        string topic = await logs.Kafka.CreateTopicAsync(partitions: 4);
        await logs.Kafka.ProduceAsync(topic, Enumerable.Range(0, 45).Select(i => (1 + (i % 3), (byte[]?)[(byte)i])));
        Dictionary<string, string> client = listener == "PLAINTEXT" ? [] : brokers.Sasl(listener);
        client["fetch.wait.max.ms"] = LongWait;
        await using IFetchEngine engine = RecordSources.Create(FetchEngine.Direct, listener == "PLAINTEXT" ? cluster.BootstrapServers : cluster.Addresses("SASL_SSL"), client);
        await using var reading = new HeadReading(engine, topic);
        reading.Begin((0, 0));
        for (int i = 1; i < 4; i++)
        {
            await WaitAtHeadAsync(logs.Kafka, topic, reading, i);
            reading.Follow(i, i);
            await reading.ReachAsync([(i, 15)], seconds: 20);
        }

        Assert.Equal([3, 14, 13, 12], reading.Records.CountBy(r => r.Partition).Select(r => r.Value));
        await WaitAtHeadAsync(logs.Kafka, topic, reading, 4);
        int before = reading.Count;
        reading.Begin((2, 0)); // as after a revocation
        await logs.Kafka.ProduceAsync(topic, [(0, [1])]);
        await reading.ReachAsync([(2, 15)], seconds: 20);
        Assert.Equal(before + 15, reading.Count);
        await reading.StopAsync().WaitAsync(TimeSpan.FromSeconds(20), Cancelled);
        Assert.Null(reading.Failure);
    }

    /// <summary>A reader that takes nothing bounds what is fetched, even when a batch is larger than the bound; when it goes on, so does fetching.</summary>
    [Theory]
    [InlineData(100, 300_000)]
    [InlineData(30_000, 3_000)]
    public async Task Memory_is_bounded(int count, int size)
    {
        const long Bound = 1 << 20;
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync(partitions: 2);
        byte[] value = new byte[size]; // a batch is far smaller on the wire than decompressed
        await kafka.ProduceAsync(
            topic, Enumerable.Range(0, count).Select(i => (i % 2, (byte[]?)value)), new Confluent.Kafka.ProducerConfig { LingerMs = 5, CompressionType = Confluent.Kafka.CompressionType.Lz4 });
        await using IFetchEngine engine = RecordSources.Create(FetchEngine.Direct, kafka);
        await using var reading = new HeadReading(engine, topic, bytes: Bound);
        reading.Keep();
        reading.Begin((0, 0), (1, 0));
        int came = 0;
        int times = 0;
        await Until.TrueAsync(
            () =>
            {
                times = reading.Count > 0 && reading.Count == came ? times + 1 : 0;
                came = reading.Count;
                return Task.FromResult(times == 20);
            },
            TimeSpan.FromSeconds(60),
            () => "no end of what comes",
            Cancelled);
        Assert.InRange(reading.Count, 1, count / 2);
        Assert.InRange(reading.Held, 1, 4 * Bound); // a batch may be larger than the bound
        reading.Resume();
        await reading.ReachAsync(await EndsAsync(engine, topic, OffsetQuery.LastStable));
        Assert.Equal(count, reading.Count);
    }

    [Fact]
    public async Task Missing_access_is_named()
    {
        KafkaDriver kafka = (await brokers.CurrentAsync()).Kafka;
        string topic = await kafka.CreateTopicAsync();
        await kafka.Admin.CreateAclsAsync(
        [
            new AclBinding
            {
                Pattern = new ResourcePattern { Type = ResourceType.Topic, Name = topic, ResourcePatternType = ResourcePatternType.Literal },
                Entry = new AccessControlEntry { Principal = $"User:{FetchBrokers.User}", Host = "*", Operation = AclOperation.Describe, PermissionType = AclPermissionType.Allow },
            },
        ]);
        await using IFetchEngine engine = RecordSources.Create(FetchEngine.Direct, (await brokers.ClusterAsync()).Addresses("SASL_SSL"), brokers.Sasl("SCRAM-SHA-512"));
        await using var reading = new HeadReading(engine, topic);
        reading.Begin((0, 0));
        await Until.TrueAsync(() => Task.FromResult(reading.Failure is not null), TimeSpan.FromSeconds(20), () => "no failure", Cancelled);
        var e = Assert.IsType<BrokerException>(reading.Failure);
        Assert.True(e.IsAccessDenied, e.Message);
        Assert.Equal(topic, e.Topic);
    }

    /// <summary>Writes a record and waits until it has come, so that the next request waits for one that does not.</summary>
    private static async Task WaitAtHeadAsync(KafkaDriver kafka, string topic, HeadReading reading, int written)
    {
        await kafka.ProduceAsync(topic, [(0, [7])]);
        await reading.ReachAsync([(0, written)], seconds: 20);
    }

    private static async Task AssertExactAsync(IFetchEngine engine, LogTopic topic)
    {
        DatasetSnapshot whole = await RangeResolver.ResolveAsync(engine, topic.Name, TopicRange.All, DataLossPolicy.Throw, Cancelled);
        await using var reading = new HeadReading(engine, topic.Name, whole.TopicId);
        reading.Begin(whole.Partitions.Select(p => (p.Partition, p.Start)));
        await reading.ReachAsync(whole.Partitions.Where(p => p.Length > 0).Select(p => (p.Partition, p.End)));
        Assert.Null(reading.Failure);
        Assert.Equal(await topic.CommittedAsync(whole), reading.Records);
    }

    private static async Task<(int, long)[]> EndsAsync(IFetchEngine engine, string topic, OffsetQuery query)
    {
        int[] partitions = [.. (await engine.DescribeTopicAsync(topic, Cancelled)).Partitions];
        return [.. partitions.Zip(await engine.ListOffsetsAsync(topic, partitions, query, Cancelled))];
    }

    private static IEnumerable<(int Partition, byte[]? Value)> Values(int seed, int count) =>
        Enumerable.Range(0, count).Select(i => (i % 2, (byte[]?)[(byte)seed, (byte)i]));
}
