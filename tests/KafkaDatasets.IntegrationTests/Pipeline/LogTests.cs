using Confluent.Kafka;
using KafkaDatasets.IntegrationTests.Cluster;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Pipeline;

/// <summary>What a log holds besides plain rows: the rows are those of Confluent.Kafka's consumer of committed records, and every pass ends.</summary>
public sealed class LogTests(SharedKafka shared)
{
    public static TheoryData<FetchEngine> EveryEngine => Engines.All;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Aborted_transactions_null_values_and_markers_at_the_end(FetchEngine engine)
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync(partitions: 3);
        await kafka.ProduceAsync(topic, Values(0, 100));
        await kafka.ProduceTransactionAsync(topic, Values(100, 50), commit: false);
        await kafka.ProduceTransactionAsync(topic, Values(200, 50), commit: true);
        await kafka.ProduceAsync(topic, [(0, null), (1, null)]);
        await kafka.ProduceTransactionAsync(topic, Values(300, 30), commit: false);

        await CheckAsync(kafka, topic, engine, 150);
    }

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Partition_of_aborted_records_alone(FetchEngine engine)
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync(partitions: 3);
        await kafka.ProduceTransactionAsync(topic, Values(0, 30), commit: false);

        await CheckAsync(kafka, topic, engine, 0);
    }

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Start_deleted(FetchEngine engine)
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync(partitions: 3);
        await kafka.ProduceAsync(topic, Values(0, 300));
        await kafka.DeleteRecordsAsync(topic, 1, before: 33);

        await CheckAsync(kafka, topic, engine, 267);
    }

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Every_codec_and_batches_of_every_size(FetchEngine engine)
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync(partitions: 3);
        int next = 0;
        foreach (CompressionType codec in Enum.GetValues<CompressionType>())
        {
            foreach (int batch in new[] { 1, 2, 7, 1000 })
            {
                await kafka.ProduceAsync(topic, Values(next, 500), new ProducerConfig { CompressionType = codec, BatchNumMessages = batch, LingerMs = 50 });
                next += 500;
            }
        }

        await CheckAsync(kafka, topic, engine, next);
    }

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Old_broker(FetchEngine engine)
    {
        KafkaDriver kafka = await shared.OldKafkaAsync();
        string topic = await kafka.CreateTopicAsync(partitions: 3);
        await kafka.ProduceAsync(topic, Values(0, 500), new ProducerConfig { CompressionType = CompressionType.Snappy });
        await kafka.ProduceTransactionAsync(topic, Values(500, 10), commit: false);

        await CheckAsync(kafka, topic, engine, 500);
    }

    private static IEnumerable<(int Partition, byte[]? Value)> Values(int first, int count) =>
        Enumerable.Range(first, count).Select(number => (number % 3, (byte[]?)Susy.Record(0, number)[5..]));

    /// <summary>Compares partition, offset and features with the witness, and asserts their number.</summary>
    private static async Task CheckAsync(KafkaDriver kafka, string topic, FetchEngine engine, int count)
    {
        await using KafkaDataset dataset = await KafkaDataset.OpenAsync(
            topic,
            new KafkaDatasetOptions { BootstrapServers = kafka.BootstrapServers, Format = RecordFormat.Avro(Susy.Schema), Label = LabelColumn.Binary("signal"), Engine = engine },
            Cancelled);
        var rows = await TopicRows.ReadAsync(dataset, Cancelled, batchSize: 64).WaitAsync(TimeSpan.FromSeconds(60), Cancelled);
        var witness = kafka.Consume(topic)
            .Where(r => r.Message.Value is not null)
            .Select(r => (r.Partition.Value, r.Offset.Value, BitConverter.ToSingle(r.Message.Value!), BitConverter.ToSingle(r.Message.Value!, 4)));

        Assert.Equal(count, rows.Count);
        Assert.Equal(witness.Order(), rows.Select(r => (r.Partition, r.Offset, r.Label, r.Features[0])).Order());
    }
}
