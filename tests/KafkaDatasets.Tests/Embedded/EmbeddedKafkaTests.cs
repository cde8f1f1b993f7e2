using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Xunit;

namespace KafkaDatasets.Tests.Embedded;

public sealed class EmbeddedKafkaTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void RecordsComeBackFromEveryPartitionInTheOrderTheyWereWritten()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        kafka.CreateTopic("events", 6);

        Produce(kafka, "events", Enumerable.Range(0, 6000).Select(i => (i % 6, BitConverter.GetBytes(i))));

        List<byte[]>[] read = Consume(kafka, "events", 6);
        Assert.All(Enumerable.Range(0, 6), partition =>
            Assert.Equal(Enumerable.Range(0, 1000).Select(i => (6 * i) + partition), read[partition].Select(value => BitConverter.ToInt32(value))));
    }

    [Fact]
    public async Task AnAdminClientDescribesTopicsAndListsOffsets()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        kafka.CreateTopic("events", 2);
        Produce(kafka, "events", [(1, [1]), (1, [2]), (1, [3])]);
        using IAdminClient admin = Admin(kafka);

        TopicDescription topic = (await admin.DescribeTopicsAsync(TopicCollection.OfTopicNames(["events"]), new() { RequestTimeout = Deadline })).TopicDescriptions[0];
        Assert.Equal(2, topic.Partitions.Count);
        Assert.NotEqual(0, topic.TopicId.MostSignificantBits);
        Assert.Equal([0, 3], await OffsetsAsync(admin, OffsetSpec.Latest(), 2));
        Assert.Equal([0, 0], await OffsetsAsync(admin, OffsetSpec.Earliest(), 2));
    }

    [Fact]
    public async Task DescribingAnUnknownTopicIsAnErrorAndDoesNotCreateIt()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        using IAdminClient admin = Admin(kafka);

        for (int i = 0; i < 2; i++)
        {
            DescribeTopicsException error = await Assert.ThrowsAsync<DescribeTopicsException>(() =>
                admin.DescribeTopicsAsync(TopicCollection.OfTopicNames(["nowhere"]), new() { RequestTimeout = Deadline }));
            Assert.Equal(ErrorCode.UnknownTopicOrPart, error.Results.TopicDescriptions[0].Error.Code);
        }

        Assert.Empty(admin.GetMetadata(Deadline).Topics);
    }

    [Fact]
    public void SeveralBrokersShareThePartitions()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start(new EmbeddedKafkaOptions { Brokers = 3 });
        kafka.CreateTopic("events", 60);
        using IAdminClient admin = Admin(kafka);

        Metadata metadata = admin.GetMetadata("events", Deadline);

        Assert.Equal(3, kafka.BootstrapServers.Split(',').Length);
        Assert.Equal(3, metadata.Brokers.Count);
        Assert.Equal(3, metadata.Topics[0].Partitions.Select(partition => partition.Leader).Distinct().Count());
        Produce(kafka, "events", Enumerable.Range(0, 120).Select(i => (i % 60, new byte[] { (byte)i })));
        Assert.All(Consume(kafka, "events", 60), values => Assert.Equal(2, values.Count));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(101)]
    public void ANumberOfBrokersThatCannotBeIsRefused(int brokers)
    {
        InvalidOptionsException error = Assert.Throws<InvalidOptionsException>(() => EmbeddedKafka.Start(new EmbeddedKafkaOptions { Brokers = brokers }));
        Assert.Contains(brokers.ToString(), Assert.Single(error.Faults));
    }

    [Fact]
    public void ATopicCannotBeCreatedTwice()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        kafka.CreateTopic("events", 1);

        KafkaDatasetException error = Assert.Throws<KafkaDatasetException>(() => kafka.CreateTopic("events", 1));
        Assert.Equal("events", error.Topic);
        Assert.Contains("already exists", error.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("a\n")]
    public void ANameThatKafkaForbidsIsRefused(string topic)
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        Assert.Throws<ArgumentException>(() => kafka.CreateTopic(topic, 1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-6)]
    [InlineData(int.MaxValue)]
    public void ANumberOfPartitionsThatCannotBeIsRefused(int partitions)
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        Assert.Throws<ArgumentOutOfRangeException>(() => kafka.CreateTopic("events", partitions));
    }

    [Fact]
    public async Task WhatFitsIntoAPartitionStaysAndOneBatchMoreIsAnError()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        kafka.CreateTopic("events", 2);
        byte[] row = new byte[EmbeddedKafka.PartitionCapacityBytes / 10];
        Produce(kafka, "events", Enumerable.Repeat((1, row[..^200]), 10), CompressionType.None);

        await kafka.ThrowIfTruncatedAsync("events", Cancellation);
        Assert.Equal(10, Consume(kafka, "events", 2)[1].Count);

        Produce(kafka, "events", [(1, row)], CompressionType.None);

        KafkaDatasetException error = await Assert.ThrowsAsync<KafkaDatasetException>(() => kafka.ThrowIfTruncatedAsync("events", Cancellation));
        Assert.Equal(("events", 1), (error.Topic, error.Partition));
        Assert.True(error.Offset > 0);
        Assert.Contains("5,242,880 bytes", error.Message);
    }

    [Fact]
    public async Task WhatIsCheckedMustExist()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        TopicNotFoundException error = await Assert.ThrowsAsync<TopicNotFoundException>(() => kafka.ThrowIfTruncatedAsync("nowhere", Cancellation));
        Assert.Equal("nowhere", error.Topic);
    }

    [Fact]
    public async Task DeletedRecordsMoveTheStartAndAreNoTruncation()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        kafka.CreateTopic("events", 1);
        Produce(kafka, "events", Enumerable.Repeat((0, new byte[] { 1 }), 10));

        kafka.DeleteRecords("events", 0, 4);

        using IAdminClient admin = Admin(kafka);
        Assert.Equal([4], await OffsetsAsync(admin, OffsetSpec.Earliest(), 1));
        await kafka.ThrowIfTruncatedAsync("events", Cancellation);
    }

    [Fact]
    public async Task ATopicThatIsDeletedAndCreatedAgainHasAnotherId()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        using IAdminClient admin = Admin(kafka);
        kafka.CreateTopic("events", 1);
        string first = await IdAsync();

        kafka.DeleteTopic("events");
        kafka.CreateTopic("events", 1);

        Assert.NotEqual(first, await IdAsync());

        async Task<string> IdAsync() =>
            (await admin.DescribeTopicsAsync(TopicCollection.OfTopicNames(["events"]), new() { RequestTimeout = Deadline })).TopicDescriptions[0].TopicId.ToString();
    }

    [Fact]
    public void ARunningClusterIsFoundByAnyOfItsBrokers()
    {
        using EmbeddedKafka one = EmbeddedKafka.Start(new EmbeddedKafkaOptions { Brokers = 2 });
        using EmbeddedKafka other = EmbeddedKafka.Start();

        Assert.True(EmbeddedKafka.TryFind(one.BootstrapServers, out EmbeddedKafka? found));
        Assert.Same(one, found);
        Assert.True(EmbeddedKafka.TryFind($"elsewhere:9092, {one.BootstrapServers.Split(',')[1]}", out found));
        Assert.Same(one, found);
        Assert.True(EmbeddedKafka.TryFind(other.BootstrapServers, out found));
        Assert.Same(other, found);
        Assert.False(EmbeddedKafka.TryFind("elsewhere:9092", out _));

        one.Dispose();
        Assert.False(EmbeddedKafka.TryFind(one.BootstrapServers, out _));
    }

    [Fact]
    public void TwoClustersDoNotShareTopics()
    {
        using EmbeddedKafka one = EmbeddedKafka.Start();
        using EmbeddedKafka other = EmbeddedKafka.Start();
        one.CreateTopic("events", 1);
        other.CreateTopic("events", 1);

        Produce(one, "events", [(0, [1])]);
        Produce(other, "events", [(0, [2]), (0, [3])]);

        Assert.Equal([[1]], Consume(one, "events", 1)[0]);
        Assert.Equal([[2], [3]], Consume(other, "events", 1)[0]);
    }

    [Fact]
    public async Task DisposeClosesBothPortsAndMayBeCalledAgain()
    {
        EmbeddedKafka kafka = EmbeddedKafka.Start();
        kafka.CreateTopic("events", 1);
        Produce(kafka, "events", [(0, [1])]);
        await kafka.ThrowIfTruncatedAsync("events", Cancellation);
        using HttpClient client = new();
        Assert.Equal("[]", await client.GetStringAsync($"{kafka.SchemaRegistryUrl}/subjects", Cancellation));

        kafka.Dispose();
        kafka.Dispose();

        Assert.Throws<ObjectDisposedException>(() => kafka.CreateTopic("more", 1));
        await Assert.ThrowsAnyAsync<SocketException>(() => ConnectAsync(IPEndPoint.Parse(kafka.BootstrapServers)));
        await Assert.ThrowsAnyAsync<SocketException>(() => ConnectAsync(IPEndPoint.Parse(new Uri(kafka.SchemaRegistryUrl).Authority)));
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync($"{kafka.SchemaRegistryUrl}/subjects", Cancellation));
    }

    [Fact]
    public void TheClusterLivesInTheLibraryThatConfluentHasLoaded()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        using Process process = Process.GetCurrentProcess();
        Assert.Single(process.Modules.Cast<ProcessModule>().Select(module => module.FileName).Distinct(), path => path.Contains("rdkafka", StringComparison.Ordinal));
    }

    [Fact]
    public async Task StartingAndDisposingManyTimesLeavesNothing()
    {
        const int Clusters = 30; // more than other tests run at the same time
        Parallel.For(0, Clusters, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ => // librdkafka takes a second now and then to close a client
        {
            using EmbeddedKafka kafka = EmbeddedKafka.Start();
            kafka.CreateTopic("events", 6);
        });

        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux tells the threads' names.");
        await Until.TrueAsync(() => MockThreads() < Clusters / 2, "the threads of the clusters are gone", 60);
    }

    // Other tests may be running clusters at the same time, so the count is only an upper bound.
    private static int MockThreads() => OperatingSystem.IsLinux()
        ? Directory.EnumerateDirectories("/proc/self/task").Count(task => NameOf(task).StartsWith("rdk:mock", StringComparison.Ordinal))
        : 0;

    private static string NameOf(string task)
    {
        try
        {
            return File.ReadAllText($"{task}/comm");
        }
        catch (IOException)
        {
            return ""; // the thread has ended since
        }
    }

    private static async Task ConnectAsync(IPEndPoint address)
    {
        using Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address, Cancellation);
    }

    private static IAdminClient Admin(EmbeddedKafka kafka) =>
        new AdminClientBuilder(new AdminClientConfig { BootstrapServers = kafka.BootstrapServers }).SetLogHandler((_, _) => { }).Build();

    private static async Task<IEnumerable<long>> OffsetsAsync(IAdminClient admin, OffsetSpec spec, int partitions)
    {
        ListOffsetsResult result = await admin.ListOffsetsAsync(
            Enumerable.Range(0, partitions).Select(partition => new TopicPartitionOffsetSpec { TopicPartition = new("events", partition), OffsetSpec = spec }),
            new ListOffsetsOptions { RequestTimeout = Deadline });
        return result.ResultInfos.Select(info => info.TopicPartitionOffsetError).OrderBy(offset => offset.Partition.Value).Select(offset => offset.Offset.Value);
    }

    private static void Produce(EmbeddedKafka kafka, string topic, IEnumerable<(int Partition, byte[] Value)> records, CompressionType compression = CompressionType.Snappy)
    {
        List<string> errors = [];
        ProducerConfig config = new() { BootstrapServers = kafka.BootstrapServers, CompressionType = compression, LingerMs = 5 };
        using IProducer<Null, byte[]> producer = new ProducerBuilder<Null, byte[]>(config).SetLogHandler((_, _) => { }).Build();
        foreach ((int partition, byte[] value) in records)
        {
            producer.Produce(new TopicPartition(topic, partition), new Message<Null, byte[]> { Value = value }, report =>
            {
                if (report.Error.IsError)
                {
                    errors.Add(report.Error.Reason);
                }
            });
        }

        Assert.Equal(0, producer.Flush(Deadline));
        Assert.Empty(errors);
    }

    private static List<byte[]>[] Consume(EmbeddedKafka kafka, string topic, int partitions)
    {
        ConsumerConfig config = new()
        {
            BootstrapServers = kafka.BootstrapServers,
            GroupId = "tests",
            EnablePartitionEof = true,
            EnableAutoCommit = false,
            IsolationLevel = IsolationLevel.ReadCommitted,
            CheckCrcs = true,
            FetchWaitMaxMs = 10,
        };
        using IConsumer<Ignore, byte[]> consumer = new ConsumerBuilder<Ignore, byte[]>(config).SetLogHandler((_, _) => { }).Build();
        consumer.Assign(Enumerable.Range(0, partitions).Select(partition => new TopicPartitionOffset(topic, partition, Offset.Beginning)));
        List<byte[]>[] values = [.. Enumerable.Range(0, partitions).Select(_ => new List<byte[]>())];
        for (int ended = 0; ended < partitions;)
        {
            ConsumeResult<Ignore, byte[]>? result = consumer.Consume(Deadline);
            Assert.NotNull(result);
            if (result.IsPartitionEOF)
            {
                ended++;
            }
            else
            {
                Assert.Equal(values[result.Partition.Value].Count, result.Offset.Value);
                values[result.Partition.Value].Add(result.Message.Value);
            }
        }

        return values;
    }
}
