using KafkaDatasets.Tests.Fetching;
using KafkaDatasets.Tests.Schemas;
using Microsoft.ML;
using Xunit;
using static KafkaDatasets.Tests.Formats.Avro.AvroBytes;

namespace KafkaDatasets.Tests.Formats;

/// <summary>Where the dataset's schema comes from.</summary>
public sealed class RecordFormatsTests
{
    private static readonly string V1 = Record("""{"name":"a","type":"int"}""");
    private static readonly string V2 = Record("""{"name":"a","type":"int"},{"name":"b","type":"int","default":9}""");

    private readonly MemoryRegistry _registry = MemoryRegistry.Create();

    [Fact]
    public async Task The_newest_schema_of_the_topics_subject_gives_the_columns()
    {
        int first = _registry.Add("t-value", V1);
        _registry.Add("t-value", V2);
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Registry, new FakeRecord(0, Framed(first, Encode(V1, 5))));
        Assert.Equal([[5, 9]], dataset.ToDataView(new MLContext()).Read("a", "b"));
    }

    [Fact]
    public async Task The_registry_is_asked_while_the_brokers_are()
    {
        _registry.Add("t-value", V1);
        var asked = new TaskCompletionSource();
        _registry.Before = _ =>
        {
            asked.TrySetResult();
            return Task.CompletedTask;
        };
        var engine = new FakeEngine([new FakePartition(0, 0, 0, [])]) { BeforeDescribe = () => asked.Task.WaitAsync(TimeSpan.FromSeconds(30)) };
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Registry, engine);
        Assert.Equal(["a"], dataset.Schema.Columns.Select(c => c.Name));
    }

    [Fact]
    public async Task A_subject_and_a_version_may_be_chosen()
    {
        _registry.Add("own", V1);
        int second = _registry.Add("own", V2);
        var record = new FakeRecord(0, Framed(second, Encode(V2, 5, 6)));
        await using KafkaDataset newest = await OpenAsync(RecordFormat.RegistrySubject("own"), record);
        Assert.Equal([[5, 6]], newest.ToDataView(new MLContext()).Read("a", "b"));
        await using KafkaDataset oldest = await OpenAsync(RecordFormat.RegistrySubject("own", 1), record);
        Assert.Equal(["a"], oldest.Schema.Columns.Select(c => c.Name));
        SchemaException e = await Assert.ThrowsAsync<SchemaException>(() => OpenAsync(RecordFormat.RegistrySubject("none"), record));
        Assert.Equal(40401, e.ErrorCode);
        Assert.Contains("'none'", e.Message);
    }

    [Fact]
    public async Task Without_the_topics_subject_the_first_record_gives_the_columns()
    {
        var guid = Guid.NewGuid();
        int id = _registry.Add("x.y.Row", V2, guid);
        FakeRecord[] records = [new(3, null), new(4, Framed(id, Encode(V2, 5, 6))), new(5, [1])];
        var engine = new FakeEngine([new FakePartition(0, 2, 2, []), new FakePartition(1, 0, 6, records)]) { ChunkRecords = 1 };
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Registry, engine);
        Assert.Equal(["a", "b"], dataset.Schema.Columns.Select(c => c.Name));
        Assert.Single(engine.Sources);
        engine.AssertAllReturned();

        await using KafkaDataset byGuid = await OpenAsync(RecordFormat.Registry, new FakeRecord(0, Encode(V2, 5, 6)) { Headers = [("__value_schema_id", [1, .. guid.ToByteArray(bigEndian: true)])] });
        Assert.Equal([[5, 6]], byGuid.ToDataView(new MLContext()).Read("a", "b"));
    }

    [Fact]
    public async Task Without_subject_and_first_record_the_registrys_error_stands()
    {
        Assert.Equal(40401, (await Assert.ThrowsAsync<SchemaException>(() => OpenAsync(RecordFormat.Registry))).ErrorCode);
        Assert.Equal(40401, (await Assert.ThrowsAsync<SchemaException>(() => OpenAsync(RecordFormat.Registry, new FakeRecord(0, [1, 2])))).ErrorCode);
        Assert.Equal(40403, (await Assert.ThrowsAsync<SchemaException>(() => OpenAsync(RecordFormat.Registry, new FakeRecord(0, Framed(7, []))))).ErrorCode);
    }

    [Fact]
    public async Task Opening_ends_when_it_is_cancelled_while_the_registry_is_silent()
    {
        using var cancellation = new CancellationTokenSource();
        _registry.Before = _ =>
        {
            cancellation.Cancel();
            return new TaskCompletionSource().Task;
        };
        var engine = new FakeEngine(FakePartition.Of(0, [new FakeRecord(0, [1])]));
        var options = new KafkaDatasetOptions { BootstrapServers = "fake:1", SchemaRegistry = _registry.Client };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => KafkaDataset.OpenAsync("t", options, (_, _) => engine, cancellation.Token))
            .WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.Equal(1, engine.Disposals);
    }

    [Fact]
    public async Task A_bare_schema_that_is_none_is_told_at_opening()
    {
        Assert.Contains("the options", (await Assert.ThrowsAsync<SchemaException>(() => OpenAsync(RecordFormat.Avro("{}")))).Message);
        Assert.Contains("no values", (await Assert.ThrowsAsync<SchemaException>(() => OpenAsync(RecordFormat.Avro("\"null\"")))).Message);
    }

    private Task<KafkaDataset> OpenAsync(RecordFormat format, params FakeRecord[] records) => OpenAsync(format, new FakeEngine(FakePartition.Of(0, records)));

    private Task<KafkaDataset> OpenAsync(RecordFormat format, FakeEngine engine) =>
        engine.OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", SchemaRegistry = _registry.Client, Format = format });
}
