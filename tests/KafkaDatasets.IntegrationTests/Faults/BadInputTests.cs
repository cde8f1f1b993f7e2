using System.Net;
using System.Net.Sockets;
using Confluent.SchemaRegistry;
using KafkaDatasets.IntegrationTests.Cluster;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Faults;

/// <summary>Whatever is wrong with what the library is given: an exception that says so, or no rows, and soon.</summary>
public sealed class BadInputTests(SharedKafka shared) : IAsyncLifetime
{
    /// <summary>Brokers and registries that do not answer are given up after this.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(4);

    private const int Soon = 15;

    private KafkaDriver _kafka = null!;
    private CachedSchemaRegistryClient _registry = null!;

    public static TheoryData<FetchEngine> EveryEngine => Engines.All;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _kafka = await shared.KafkaAsync();
        _registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = await shared.SchemaRegistryUrlAsync() });
    }

    public ValueTask DisposeAsync()
    {
        _registry?.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task No_broker(FetchEngine engine)
    {
        string nobody = $"127.0.0.1:{FreePorts.Next()}";
        var e = await Within.ThrowsAsync<BrokerException>(Soon, () => OpenAsync("topic", engine, servers: nobody));
        Assert.Contains(nobody, e.Message);
        Assert.False(e.IsAccessDenied);
    }

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Port_of_something_else(FetchEngine engine)
    {
        string registry = new Uri(await shared.SchemaRegistryUrlAsync()).Authority;
        var e = await Within.ThrowsAsync<BrokerException>(Soon, () => OpenAsync("topic", engine, servers: registry));
        Assert.Contains(registry, e.Message);
    }

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Port_that_accepts_and_never_answers(FetchEngine engine)
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        string address = $"127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}";
        var e = await Within.ThrowsAsync<BrokerException>(Soon, () => OpenAsync("topic", engine, servers: address));
        Assert.Contains(address, e.Message);
    }

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Unknown_topic(FetchEngine engine)
    {
        var e = await Within.ThrowsAsync<TopicNotFoundException>(Soon, () => OpenAsync("no-such-topic", engine));
        Assert.Equal("no-such-topic", e.Topic);
        Assert.Contains("'no-such-topic'", e.Message);
    }

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Unknown_partition(FetchEngine engine)
    {
        string topic = await FillAsync(2, Enumerable.Range(0, 10));
        var e = await Within.ThrowsAsync<TopicNotFoundException>(Soon, () => OpenAsync(topic, engine, range: TopicRange.Partitions(1, 7)));
        Assert.Equal(7, e.Partition);
    }

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Range_beyond_the_end(FetchEngine engine)
    {
        string topic = await FillAsync(1, Enumerable.Range(0, 10));
        var e = await Within.ThrowsAsync<InvalidOptionsException>(Soon, () => OpenAsync(topic, engine, range: TopicRange.Offsets(0, 5, 11)));
        string fault = Assert.Single(e.Faults); // nothing is lost: the range is wrong
        Assert.Contains(topic, fault);
        Assert.Contains("the last stable offset of partition 0 is 10", fault);
    }

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Range_below_the_start(FetchEngine engine)
    {
        string topic = await FillAsync(1, Enumerable.Range(0, 10));
        await _kafka.DeleteRecordsAsync(topic, 0, before: 4);
        var e = await Within.ThrowsAsync<DataLossException>(Soon, () => OpenAsync(topic, engine, range: TopicRange.Offsets(0, 2, 8)));
        Assert.Equal((topic, 0, 2), (e.Topic, e.Partition, e.Offset));
    }

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Empty_topic_has_no_rows(FetchEngine engine) => await HasNoRowsAsync(await FillAsync(3, []), engine, TopicRange.All);

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Empty_range_has_no_rows(FetchEngine engine)
    {
        string topic = await FillAsync(1, Enumerable.Range(0, 10));
        await HasNoRowsAsync(topic, engine, TopicRange.Offsets(0, 5, 5));
        await HasNoRowsAsync(topic, engine, TopicRange.Timestamps(DateTimeOffset.UtcNow.AddDays(1)));
    }

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Registry_down(FetchEngine engine)
    {
        string topic = await FillAsync(1, Enumerable.Range(0, 10));
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = $"http://127.0.0.1:{FreePorts.Next()}", MaxRetries = 1 });
        var e = await Within.ThrowsAsync<SchemaException>(Soon, () => OpenAsync(topic, engine, registry: registry));
        Assert.Contains($"{topic}-value", e.Message);
    }

    [Theory]
    [InlineData(401, 40101)]
    [InlineData(403, 40301)]
    [InlineData(404, 40401)]
    [InlineData(422, 42201)]
    public async Task Registry_refuses(int status, int code)
    {
        string topic = await FillAsync(1, Enumerable.Range(0, 10));
        using var stub = new StubRegistry(_ => StubRegistry.Error(status, code, "no"));
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = stub.Url, BasicAuthUserInfo = "user:sesame-5", MaxRetries = 1 });
        var e = await Within.ThrowsAsync<SchemaException>(Soon, () => OpenAsync(topic, FetchEngine.Auto, registry: registry));
        Assert.Equal(code, e.ErrorCode);
        Assert.DoesNotContain("sesame-5", e.ToString());
    }

    [Theory]
    [InlineData(500, """{"error_code":50001,"message":"broken"}""")]
    [InlineData(503, "")]
    [InlineData(200, "<html>")]
    [InlineData(200, "")]
    [InlineData(200, """{"id":"seven"}""")]
    [InlineData(404, "<html>")]
    public async Task Registry_is_broken(int status, string body)
    {
        string topic = await FillAsync(1, Enumerable.Range(0, 10));
        using var stub = new StubRegistry(_ => (status, body));
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = stub.Url, MaxRetries = 1 });
        var e = await Within.ThrowsAsync<SchemaException>(Soon, () => OpenAsync(topic, FetchEngine.Auto, registry: registry));
        Assert.Contains($"{topic}-value", e.Message);
    }

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Unknown_schema_id(FetchEngine engine)
    {
        RecordDecodingException e = await ReadWithBadRecordAsync(engine, id => Susy.Record(987_654, 7));
        Assert.Equal(987_654, e.SchemaId);
        Assert.Contains("987654", e.Message);
    }

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Incompatible_schema(FetchEngine engine)
    {
        string schema = Susy.Schema.Replace("""{"name":"signal","type":"float"}""", """{"name":"signal","type":"string"}""");
        int other = await _registry.RegisterSchemaAsync($"{Guid.NewGuid():N}-value", new Schema(schema, SchemaType.Avro));
        RecordDecodingException e = await ReadWithBadRecordAsync(engine, id => Susy.Record(other, 7));
        Assert.Equal((other, "signal"), (e.SchemaId, e.Field));
    }

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Value_too_short_for_its_framing(FetchEngine engine) => await ReadWithBadRecordAsync(engine, id => [0, 0, 0]);

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Empty_value(FetchEngine engine) => await ReadWithBadRecordAsync(engine, id => []);

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Value_cut_off(FetchEngine engine)
    {
        RecordDecodingException e = await ReadWithBadRecordAsync(engine, id => Susy.Record(id, 7)[..(5 + (4 * 9) + 1)]);
        Assert.NotNull(e.SchemaId);
        Assert.NotNull(e.Field);
    }

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Value_too_long(FetchEngine engine) => await ReadWithBadRecordAsync(engine, id => [.. Susy.Record(id, 7), 0]);

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Wrong_magic_byte(FetchEngine engine)
    {
        RecordDecodingException e = await ReadWithBadRecordAsync(engine, id => [0x7B, .. Susy.Record(id, 7)[1..]]);
        Assert.Contains("magic byte", e.Message);
    }

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Label_that_is_neither_0_nor_1(FetchEngine engine)
    {
        float[] row = Susy.Row(7);
        row[0] = 2;
        RecordDecodingException e = await ReadWithBadRecordAsync(engine, id => Susy.Encode(id, row));
        Assert.Equal("signal", e.Field);
    }

    [Fact]
    public async Task Label_that_does_not_exist()
    {
        string topic = await FillAsync(1, Enumerable.Range(0, 10));
        var e = await Within.ThrowsAsync<InvalidOptionsException>(Soon, () => OpenAsync(topic, FetchEngine.Auto, label: "sygnal"));
        Assert.Contains("'sygnal'", e.Message);
        Assert.Contains("lepton_1_pT", e.Message);
    }

    [Fact]
    public async Task Features_that_do_not_exist_are_all_named()
    {
        string topic = await FillAsync(1, Enumerable.Range(0, 10));
        var e = await Within.ThrowsAsync<InvalidOptionsException>(Soon, () => OpenAsync(topic, FetchEngine.Auto, features: ["MT2", "MT3", "MT4"]));
        Assert.Equal(3, e.Faults.Count); // the last one says which fields there are
        Assert.Contains("'MT3'", e.Message);
        Assert.Contains("'MT4'", e.Message);
    }

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Cancelled_open(FetchEngine engine)
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var cancellation = new CancellationTokenSource();
        Task open = KafkaDataset.OpenAsync(
            "topic",
            new KafkaDatasetOptions { BootstrapServers = $"127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}", SchemaRegistry = _registry, Engine = engine },
            cancellation.Token);
        using (await silent.AcceptTcpClientAsync(Cancelled))
        {
            await cancellation.CancelAsync();
            await Within.ThrowsAnyAsync<OperationCanceledException>(2, () => open);
        }
    }

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Cancelled_read(FetchEngine engine)
    {
        string topic = await FillAsync(2, Enumerable.Range(0, 20_000));
        await using KafkaDataset dataset = await OpenAsync(topic, engine);
        using var cancellation = new CancellationTokenSource();
        await using IAsyncEnumerator<TensorBatch> batches = dataset.ReadBatchesAsync(new BatchOptions { BatchSize = 10 }, cancellation.Token).GetAsyncEnumerator(Cancelled);
        Assert.True(await batches.MoveNextAsync());
        batches.Current.Dispose();

        await cancellation.CancelAsync();

        await Within.ThrowsAnyAsync<OperationCanceledException>(2, async () =>
        {
            while (await batches.MoveNextAsync())
            {
                batches.Current.Dispose();
            }
        });
        Assert.Equal(20_000, (await TopicRows.ReadAsync(dataset, Cancelled)).Count);
    }

    [Theory]
    [MemberData(nameof(EveryEngine))]
    public async Task Skipping_leaves_out_the_bad_records_alone(FetchEngine engine)
    {
        string topic = await FillAsync(1, []);
        int id = await Susy.RegisterAsync(_registry, topic);
        byte[]?[] bad = [[], [0, 0, 0], Susy.Record(987_654, 1), Susy.Record(id, 1)[..40], [9, .. Susy.Record(id, 1)[1..]], null];
        var written = new List<(int Number, byte[]? Value)>();
        for (int i = 0; i < 3000; i++)
        {
            written.Add((i, Susy.Record(id, i)));
            if (i % 100 == 99)
            {
                written.Add((-1, bad[i / 100 % bad.Length]));
            }
        }

        await _kafka.ProduceAsync(topic, written.Select(w => (0, w.Value)));
        await using KafkaDataset dataset = await OpenAsync(topic, engine, onBadRecord: BadRecordPolicy.Skip);
        var rows = await TopicRows.ReadAsync(dataset, Cancelled);

        Assert.Equal(Expected(written), rows.Select(r => (r.Offset, (int)r.Features[0])));
        Assert.Equal(25, dataset.SkippedRecords); // 30 bad ones, of which 5 null values, which are no records to decode
        Assert.Equal(3000, TopicRows.Read(dataset.ToDataView(new MLContext(seed: 1))).Count);

        static IEnumerable<(long, int)> Expected(List<(int Number, byte[]? Value)> written) =>
            written.Select((w, offset) => ((long)offset, w.Number)).Where(w => w.Number >= 0);
    }

    /// <summary>Good rows, one bad one at partition 1, offset 500, and good rows: the rows before it are read, by batches and by cursor, then the error names it.</summary>
    private async Task<RecordDecodingException> ReadWithBadRecordAsync(FetchEngine engine, Func<int, byte[]> bad)
    {
        string topic = await FillAsync(2, Enumerable.Range(0, 1000));
        int id = await Susy.RegisterAsync(_registry, topic);
        await _kafka.ProduceAsync(topic, [(1, bad(id))]);
        await _kafka.ProduceAsync(topic, Enumerable.Range(0, 1000).Select(i => (i % 2, (byte[]?)Susy.Record(id, i))));
        await using KafkaDataset dataset = await OpenAsync(topic, engine);

        Check(await Within.ThrowsAsync<RecordDecodingException>(Soon, () => Task.FromResult(TopicRows.Read(dataset.ToDataView(new MLContext(seed: 1))))));
        return Check(await Within.ThrowsAsync<RecordDecodingException>(Soon, () => TopicRows.ReadAsync(dataset, Cancelled)));

        RecordDecodingException Check(RecordDecodingException e)
        {
            Assert.Equal((topic, 1, 500), (e.Topic, e.Partition, e.Offset));
            Assert.Contains($"topic '{topic}', partition 1, offset 500", e.Message);
            return e;
        }
    }

    private async Task HasNoRowsAsync(string topic, FetchEngine engine, TopicRange range)
    {
        await using KafkaDataset dataset = await OpenAsync(topic, engine, range: range);
        Assert.Equal(0, dataset.Snapshot.Length);
        Assert.Empty(await TopicRows.ReadAsync(dataset, Cancelled).WaitAsync(TimeSpan.FromSeconds(Soon), Cancelled));
        Assert.Empty(TopicRows.Read(dataset.ToDataView(new MLContext(seed: 1))));
    }

    /// <summary>A topic with a registered schema and these rows, dealt to the partitions in turn.</summary>
    private async Task<string> FillAsync(int partitions, IEnumerable<int> numbers)
    {
        string topic = await _kafka.CreateTopicAsync(partitions);
        int id = await Susy.RegisterAsync(_registry, topic);
        await _kafka.ProduceAsync(topic, numbers.Select(n => (n % partitions, (byte[]?)Susy.Record(id, n))));
        return topic;
    }

    private Task<KafkaDataset> OpenAsync(
        string topic,
        FetchEngine engine,
        string? servers = null,
        ISchemaRegistryClient? registry = null,
        TopicRange? range = null,
        string label = "signal",
        IReadOnlyList<string>? features = null,
        BadRecordPolicy onBadRecord = BadRecordPolicy.Throw) =>
        KafkaDataset.OpenAsync(
            topic,
            new KafkaDatasetOptions
            {
                BootstrapServers = servers ?? _kafka.BootstrapServers,
                SchemaRegistry = registry ?? _registry,
                Range = range ?? TopicRange.All,
                Label = LabelColumn.Binary(label),
                Features = features,
                OnBadRecord = onBadRecord,
                Engine = engine,
                Timeout = Timeout,
            },
            Cancelled);
}
