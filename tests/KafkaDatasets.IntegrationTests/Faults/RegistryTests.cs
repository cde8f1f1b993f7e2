using System.Net;
using Confluent.SchemaRegistry;
using KafkaDatasets.IntegrationTests.Cluster;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Faults;

/// <summary>A registry that is slow, falters, or goes away; what it says when it is broken from the start is in <see cref="BadInputTests"/>.</summary>
public sealed class RegistryTests(SharedKafka shared)
{
    private const int First = 11;
    private const int Second = 12;
    private const int Rows = 6000;

    private static readonly string SecondSchema = Susy.Schema.Replace("\"fields\":[", "\"fields\":[{\"name\":\"more\",\"type\":\"int\"},");

    public static TheoryData<FetchEngine> EveryEngine => Engines.All;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory(Timeout = 120_000)]
    [MemberData(nameof(EveryEngine))]
    public async Task Slow_answers(FetchEngine engine)
    {
        (KafkaDriver kafka, string topic) = await WriteAsync();
        using var stub = new StubRegistry(request =>
        {
            Task.Delay(TimeSpan.FromSeconds(1), Cancelled).Wait(Cancelled);
            return Answer(request);
        });
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = stub.Url });
        await using KafkaDataset dataset = await OpenAsync(kafka, topic, registry, engine);
        IsExact(await Cluster.TopicRows.ReadAsync(dataset, Cancelled));
    }

    [Theory(Timeout = 120_000)]
    [MemberData(nameof(EveryEngine))]
    public async Task Errors_500_that_pass(FetchEngine engine)
    {
        (KafkaDriver kafka, string topic) = await WriteAsync(second: 4000); // one schema is requested when opening, the other in mid-read
        int count = 0;
        using var stub = new StubRegistry(request => Interlocked.Increment(ref count) % 3 == 0 ? Answer(request) : StubRegistry.Error(500, 50001, "not now"));
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = stub.Url });
        await using KafkaDataset dataset = await OpenAsync(kafka, topic, registry, engine);
        IsExact(await Cluster.TopicRows.ReadAsync(dataset, Cancelled));
        Assert.True(count >= 6);
    }

    /// <summary>Schemas that are known go on working; one that is not is a named error, whatever is done with bad records.</summary>
    [Theory(Timeout = 120_000)]
    [MemberData(nameof(EveryEngine))]
    public async Task Down_after_the_first_schema(FetchEngine engine)
    {
        (KafkaDriver kafka, string topic) = await WriteAsync();
        bool isDown = false;
        using var stub = new StubRegistry(request => isDown ? StubRegistry.Error(503, 50301, "gone") : Answer(request));
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = stub.Url, MaxRetries = 1 });
        await using KafkaDataset dataset = await OpenAsync(kafka, topic, registry, engine);
        IsExact(await Cluster.TopicRows.ReadAsync(dataset, Cancelled));
        isDown = true;
        IsExact(await Cluster.TopicRows.ReadAsync(dataset, Cancelled));

        (kafka, topic) = await WriteAsync(second: 4000);
        isDown = false;
        await using KafkaDataset other = await OpenAsync(kafka, topic, registry, engine, BadRecordPolicy.Skip);
        var rows = new List<(int, long, float, float[])>();
        var e = await Within.ThrowsAsync<SchemaException>(20, async () =>
        {
            await foreach (TensorBatch batch in other.ReadBatchesAsync(new BatchOptions { BatchSize = 100 }, Cancelled))
            {
                using (batch)
                {
                    isDown = true;
                    for (int row = 0; row < batch.Rows; row++)
                    {
                        rows.Add((batch.Partitions[row], batch.Offsets[row], batch.Labels[row], [batch.Features[row, 0]]));
                    }
                }
            }
        });
        Assert.Equal((topic, 0, 4000, Second), (e.Topic, e.Partition, e.Offset, e.SchemaId));
        Assert.Contains($"topic '{topic}', partition 0, offset 4000", e.Message);
        Assert.DoesNotContain(rows, r => !(r.Item2 < 4000 && r.Item4[0] - (1 / 32f) == r.Item2));
    }

    /// <summary>A registry that restarts in mid-read is waited for, beyond the retries of its client, and makes no record bad.</summary>
    [Theory(Timeout = 120_000)]
    [MemberData(nameof(EveryEngine))]
    public async Task Away_for_a_while_in_mid_read(FetchEngine engine)
    {
        (KafkaDriver kafka, string topic) = await WriteAsync(second: 4000);
        int failing = 6;
        using var stub = new StubRegistry(request => request.Url!.AbsolutePath.EndsWith($"/ids/{Second}", StringComparison.Ordinal) && failing-- > 0 ? (503, "<html>Maintenance</html>") : Answer(request));
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = stub.Url, MaxRetries = 1, RetriesWaitMs = 10 });
        await using KafkaDataset dataset = await OpenAsync(kafka, topic, registry, engine, BadRecordPolicy.Skip);
        IsExact(await Cluster.TopicRows.ReadAsync(dataset, Cancelled));
        Assert.Equal(0, dataset.SkippedRecords);
        Assert.True(failing < 0);
    }

    private static (int Status, string Body) Answer(HttpListenerRequest request)
    {
        string path = request.Url!.AbsolutePath;
        string schema = System.Text.Json.JsonSerializer.Serialize(path.EndsWith($"/ids/{Second}", StringComparison.Ordinal) ? SecondSchema : Susy.Schema);
        return path.Contains("/subjects/", StringComparison.Ordinal)
            ? (200, $$"""{"subject":"any","version":1,"id":{{First}},"schema":{{schema}}}""")
            : (200, $$"""{"schema":{{schema}}}""");
    }

    private static void IsExact(List<(int Partition, long Offset, float Label, float[] Features)> rows) =>
        Assert.Equal(Enumerable.Range(0, Rows).Select(i => ((long)i, (float)(i % 2), (float)i)), rows.Select(r => (r.Offset, r.Label, r.Features[0] - (1 / 32f))));

    private static Task<KafkaDataset> OpenAsync(KafkaDriver kafka, string topic, ISchemaRegistryClient registry, FetchEngine engine, BadRecordPolicy onBadRecord = BadRecordPolicy.Throw) =>
        KafkaDataset.OpenAsync(
            topic,
            new KafkaDatasetOptions
            {
                BootstrapServers = kafka.BootstrapServers,
                SchemaRegistry = registry,
                Label = LabelColumn.Binary("signal"),
                Engine = engine,
                OnBadRecord = onBadRecord,
                PrefetchBytes = KafkaDatasetOptions.MinPrefetchBytes,
                Timeout = TimeSpan.FromSeconds(10),
            },
            Cancelled);

    /// <summary>A topic of one partition; from record <paramref name="second"/> on by another schema, of which the first field is new.</summary>
    private async Task<(KafkaDriver Kafka, string Topic)> WriteAsync(int second = Rows)
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync();
        await kafka.ProduceAsync(
            topic,
            Enumerable.Range(0, Rows).Select(i => (0, (byte[]?)(i < second ? Susy.Record(First, i) : [.. Susy.Record(Second, i)[..5], 0, .. Susy.Record(Second, i)[5..]]))),
            new Confluent.Kafka.ProducerConfig { BatchNumMessages = 100, LingerMs = 5 });
        return (kafka, topic);
    }
}
