using KafkaDatasets.IntegrationTests.Cluster;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Faults;

/// <summary>Very many bad records, and very few.</summary>
public sealed class PoisonTests(SharedKafka shared)
{
    public static TheoryData<FetchEngine> EveryEngine => Engines.All;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>The first of each kind is logged, and then the second, the fourth, the eighth …</summary>
    [Theory(Timeout = 120_000)]
    [MemberData(nameof(EveryEngine))]
    public async Task Log_tells_of_each_kind_once_and_every_so_often(FetchEngine engine)
    {
        const int each = 1000;
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync();
        byte[] good = Susy.Record(0, 1)[5..];
        byte[][] records = [good, good[..^1], [.. good, 0], Susy.Record(0, 1)[5..9]];
        records = [.. records, Bad(2), []];
        await kafka.ProduceAsync(topic, Enumerable.Range(0, each * records.Length).Select(i => (0, (byte[]?)records[i % records.Length])));
        using var log = new CapturedLog();
        await using KafkaDataset dataset = await KafkaDataset.OpenAsync(
            topic,
            new KafkaDatasetOptions
            {
                BootstrapServers = kafka.BootstrapServers,
                Format = RecordFormat.Avro(Susy.Schema),
                Label = LabelColumn.Binary("signal"),
                Engine = engine,
                OnBadRecord = BadRecordPolicy.Skip,
                LoggerFactory = log,
            },
            Cancelled);

        List<(int Partition, long Offset, float Label, float[] Features)> rows = await TopicRows.ReadAsync(dataset, Cancelled);

        Assert.Equal(Enumerable.Range(0, each).Select(i => (long)i * records.Length), rows.Select(r => r.Offset));
        Assert.Equal(each * (records.Length - 1), dataset.SkippedRecords);
        string[] lines = [.. log.Lines.Where(l => l.Id == 2).Select(l => l.Text)];
        const int ofAKind = 10; // 1, 2, 4 … 512
        Assert.InRange(lines.Length, ofAKind * 3, ofAKind * (records.Length - 1));
        Assert.All(lines, l => Assert.Contains($"topic '{topic}', partition 0, offset ", l));

        static byte[] Bad(float label)
        {
            float[] row = Susy.Row(1);
            row[0] = label;
            return Susy.Encode(0, row)[5..];
        }
    }

    [LongTheory(Timeout = 600_000)]
    [MemberData(nameof(EveryEngine))]
    public async Task One_in_a_million(FetchEngine engine)
    {
        const int count = 1_000_000;
        const int bad = 654_321;
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync();
        await kafka.ProduceAsync(
            topic,
            Enumerable.Range(0, count).Select(i => (0, (byte[]?)(i == bad ? Susy.Record(0, i)[5..60] : Susy.Record(0, i)[5..]))),
            new Confluent.Kafka.ProducerConfig { LingerMs = 100, BatchSize = 1_000_000 });
        foreach (BadRecordPolicy policy in Enum.GetValues<BadRecordPolicy>())
        {
            await using KafkaDataset dataset = await KafkaDataset.OpenAsync(
                topic,
                new KafkaDatasetOptions { BootstrapServers = kafka.BootstrapServers, Format = RecordFormat.Avro(Susy.Schema), Label = LabelColumn.Binary("signal"), Engine = engine, OnBadRecord = policy },
                Cancelled);
            Task<List<(int Partition, long Offset, float Label, float[] Features)>> read = TopicRows.ReadAsync(dataset, Cancelled);
            if (policy == BadRecordPolicy.Throw)
            {
                var e = await Assert.ThrowsAsync<RecordDecodingException>(() => read);
                Assert.Equal((topic, 0, bad), (e.Topic, e.Partition, e.Offset));
                Assert.NotNull(e.Field);
            }
            else
            {
                Assert.Equal(Enumerable.Range(0, count).Where(i => i != bad).Select(i => (long)i), (await read).Select(r => r.Offset));
                Assert.Equal(1, dataset.SkippedRecords);
            }
        }
    }
}
