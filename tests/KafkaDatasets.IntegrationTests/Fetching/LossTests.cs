using Confluent.Kafka;
using KafkaDatasets.Fetching;
using KafkaDatasets.IntegrationTests.Cluster;
using KafkaDatasets.IntegrationTests.Faults;
using KafkaDatasets.Ranges;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Fetching;

/// <summary>What a snapshot named and the log has no more: both engines say so in the same way, and none gives other rows for it.</summary>
public sealed class LossTests(FetchBrokers brokers, SharedKafka shared)
{
    private const int Soon = 30;

    /// <summary>So little that most of a topic of <see cref="FillAsync"/> is still on the broker when its first records are read.</summary>
    private const long LittleMemory = 1 << 20;

    private const int Records = 6000;

    public static TheoryData<string, FetchEngine> EveryEngine => DifferentialTests.EveryEngine;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Records_deleted_before_they_are_read(string broker, FetchEngine engine)
    {
        KafkaDriver kafka = await KafkaAsync(broker);
        string topic = await FillAsync(kafka, partitions: 3, 100);
        await using IFetchEngine strict = RecordSources.Create(engine, kafka);
        await using IFetchEngine lax = RecordSources.Create(engine, kafka, DataLossPolicy.Skip);
        DatasetSnapshot whole = await ResolveAsync(strict, topic);
        var snapshot = new DatasetSnapshot(topic, whole.TopicId, [new(0, 10, 90), new(1, 10, 90), new(2, 10, 90)]);
        await kafka.DeleteRecordsAsync(topic, 1, before: 42);
        await kafka.DeleteRecordsAsync(topic, 2, before: 95);

        DataLossException e = await ReadToLossAsync(strict, snapshot, partition: 1, []);
        Assert.Equal((topic, 1, 10), (e.Topic, e.Partition, e.Offset));
        e = await ReadToLossAsync(strict, snapshot, partition: 2, []);
        Assert.Equal((topic, 2, 10), (e.Topic, e.Partition, e.Offset));

        using var lost = new LostOffsets(topic);
        List<LogRecord> records = await RecordSources.ReadAsync(lax, snapshot, LittleMemory, Cancelled);
        Assert.Equal([.. Offsets(0, 10, 90), .. Offsets(1, 42, 90)], records.Select(r => (r.Partition, r.Offset)));
        Assert.Equal(32 + 80, lost.Count);
    }

    /// <summary>A shuffled pass meets what is lost in hundreds of pieces: it neither logs each of them, nor starts a client for each.</summary>
    [Theory(Timeout = 120_000)]
    [MemberData(nameof(EveryEngine))]
    public async Task Records_deleted_before_a_shuffled_pass(string broker, FetchEngine engine)
    {
        const int rows = 10_000;
        const int before = 4_000;
        var log = new CapturedLog();
        KafkaDriver kafka = await KafkaAsync(broker);
        string topic = await kafka.CreateTopicAsync(2);
        await kafka.ProduceAsync(topic, Enumerable.Range(0, 2 * rows).Select(i => (i % 2, (byte[]?)BitConverter.GetBytes((float)i))));
        await using KafkaDataset dataset = await KafkaDataset.OpenAsync(
            topic,
            new KafkaDatasetOptions
            {
                BootstrapServers = kafka.BootstrapServers,
                ClientConfig = kafka.ClientConfig,
                Engine = engine,
                Format = RecordFormat.Float32(["x"]),
                OnDataLoss = DataLossPolicy.Skip,
                LoggerFactory = log,
            },
            Cancelled);
        await kafka.DeleteRecordsAsync(topic, 0, before);
        using var lost = new LostOffsets(topic);
        var seen = new List<(int Partition, long Offset)>();
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { BatchSize = 1000, Shuffle = Shuffle.Seeded(3) }, Cancelled))
        {
            using (batch)
            {
                for (int row = 0; row < batch.Rows; row++)
                {
                    seen.Add((batch.Partitions[row], batch.Offsets[row]));
                }
            }
        }

        Assert.Equal([.. Offsets(0, before, rows), .. Offsets(1, 0, rows)], seen.Order());
        Assert.Equal(before, lost.Count);
        Assert.InRange(log.Lines.Count(l => l.Id.Id == 3), 1, 12);
    }

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Records_deleted_while_they_are_read(string broker, FetchEngine engine)
    {
        const int before = 5900;
        KafkaDriver kafka = await KafkaAsync(broker);
        foreach (DataLossPolicy policy in new[] { DataLossPolicy.Throw, DataLossPolicy.Skip })
        {
            string topic = await FillAsync(kafka, partitions: 1, Records);
            await using IFetchEngine fetch = RecordSources.Create(engine, kafka, policy);
            DatasetSnapshot snapshot = await ResolveAsync(fetch, topic);
            using var lost = new LostOffsets(topic);
            await using IRecordSource source = fetch.OpenSource(ReadOrder.Of(snapshot), LittleMemory);
            var records = new List<LogRecord>();
            await RecordSources.ReadChunkAsync(source, snapshot, 0, records, Cancelled);
            await kafka.DeleteRecordsAsync(topic, 0, before);
            Task rest = RecordSources.ReadAsync(source, snapshot, 0, records, Cancelled).WaitAsync(TimeSpan.FromSeconds(Soon), Cancelled);

            int next;
            if (policy == DataLossPolicy.Throw)
            {
                var e = await Assert.ThrowsAsync<DataLossException>(() => rest);
                next = records.Count;
                Assert.Equal((topic, 0, next), (e.Topic, e.Partition, e.Offset));
                Assert.Equal(0, lost.Count);
            }
            else
            {
                await rest;
                next = records.Count - (Records - before);
                Assert.Equal(before - next, lost.Count);
                Assert.Equal(Offsets(0, before, Records), records.Skip(next).Select(r => (r.Partition, r.Offset)));
            }

            Assert.InRange(next, 1, before - 1);
            Assert.Equal(Offsets(0, 0, next), records.Take(next).Select(r => (r.Partition, r.Offset)));
        }
    }

    /// <summary>As a new pass sees it: of an engine that has not read the topic yet, and of one that has.</summary>
    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Topic_made_anew_before_it_is_read(string broker, FetchEngine engine)
    {
        KafkaDriver kafka = await KafkaAsync(broker);
        string topic = await FillAsync(kafka, partitions: 2, 100);
        await using IFetchEngine fetch = RecordSources.Create(engine, kafka);
        await using IFetchEngine used = RecordSources.Create(engine, kafka);
        DatasetSnapshot snapshot = await ResolveAsync(fetch, topic);
        Assert.Equal(200, (await RecordSources.ReadAsync(used, snapshot, LittleMemory, Cancelled)).Count);
        await ReplaceAsync(kafka, topic, partitions: 2, 200);

        foreach (IFetchEngine each in new[] { fetch, used })
        {
            var records = new List<LogRecord>();
            DataLossException e = await ReadToLossAsync(each, snapshot, partition: 1, records);
            Assert.Equal((topic, 1, 0), (e.Topic, e.Partition, e.Offset));
            Assert.Empty(records);
        }

        var atOpening = await Within.ThrowsAsync<DataLossException>(Soon, async () => await RangeResolver.ResolveAsync(fetch, topic, TopicRange.Snapshot(snapshot), DataLossPolicy.Skip, Cancelled));
        Assert.Equal(topic, atOpening.Topic);
    }

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Topic_made_anew_while_it_is_read(string broker, FetchEngine engine) => await ReadAcrossAsync(
        broker, engine, (kafka, topic) => ReplaceAsync(kafka, topic, partitions: 1, Records * 2));

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Topic_deleted_while_it_is_read(string broker, FetchEngine engine) => await ReadAcrossAsync(
        broker, engine, (kafka, topic) => kafka.DeleteTopicAsync(topic));

    /// <summary>Reads the first records, does something to the topic, and reads on: into a loss, with no record that is not of the first topic.</summary>
    private async Task ReadAcrossAsync(string broker, FetchEngine engine, Func<KafkaDriver, string, Task> act)
    {
        KafkaDriver kafka = await KafkaAsync(broker);
        string topic = await FillAsync(kafka, partitions: 1, Records);
        await using IFetchEngine fetch = RecordSources.Create(engine, kafka);
        DatasetSnapshot snapshot = await ResolveAsync(fetch, topic);
        await using IRecordSource source = fetch.OpenSource(ReadOrder.Of(snapshot), LittleMemory);
        var records = new List<LogRecord>();
        await RecordSources.ReadChunkAsync(source, snapshot, 0, records, Cancelled);
        await act(kafka, topic);

        var e = await Within.ThrowsAsync<DataLossException>(Soon, () => RecordSources.ReadAsync(source, snapshot, 0, records, Cancelled));
        Assert.InRange(records.Count, 1, Records - 1);
        Assert.Equal((topic, 0, records.Count), (e.Topic, e.Partition, e.Offset));
        Assert.Equal(Offsets(0, 0, records.Count), records.Select(r => (r.Partition, r.Offset)));
        Assert.All(records, r => Assert.Equal(0, r.Value![0]));
    }

    private static async Task<DataLossException> ReadToLossAsync(IFetchEngine engine, DatasetSnapshot snapshot, int partition, List<LogRecord> records)
    {
        await using IRecordSource source = engine.OpenSource(ReadOrder.Of(snapshot), LittleMemory);
        return await Within.ThrowsAsync<DataLossException>(Soon, () => RecordSources.ReadAsync(source, snapshot, partition, records, Cancelled));
    }

    private static ValueTask<DatasetSnapshot> ResolveAsync(IFetchEngine engine, string topic) =>
        RangeResolver.ResolveAsync(engine, topic, TopicRange.All, DataLossPolicy.Throw, Cancelled);

    private static IEnumerable<(int, long)> Offsets(int partition, int from, int to) => Enumerable.Range(from, to - from).Select(o => (partition, (long)o));

    /// <summary>A topic of incompressible records of about a kilobyte in small batches; the first byte of each is the generation.</summary>
    private static async Task<string> FillAsync(KafkaDriver kafka, int partitions, int each, byte generation = 0, string? topic = null)
    {
        topic = await kafka.CreateTopicAsync(partitions, name: topic);
        await kafka.ProduceAsync(
            topic,
            Enumerable.Range(0, partitions * each).Select(i => (i % partitions, (byte[]?)Value(i, generation))),
            new ProducerConfig { BatchNumMessages = 50, LingerMs = 20 });
        return topic;

        static byte[] Value(int number, byte generation)
        {
            byte[] value = new byte[1000];
            new Random(number).NextBytes(value);
            value[0] = generation;
            return value;
        }
    }

    private static async Task ReplaceAsync(KafkaDriver kafka, string topic, int partitions, int each)
    {
        await kafka.DeleteTopicAsync(topic);
        await Until.TrueAsync(
            () => Task.FromResult(kafka.Admin.GetMetadata(TimeSpan.FromSeconds(10)).Topics.TrueForAll(t => t.Topic != topic)),
            TimeSpan.FromSeconds(Soon),
            () => $"topic {topic} is not deleted",
            Cancelled);
        await FillAsync(kafka, partitions, each, generation: 1, topic);
    }

    private async Task<KafkaDriver> KafkaAsync(string broker) => (await brokers.LogsAsync(broker, shared)).Kafka;
}
