using KafkaDatasets.Tests.Fetching;
using KafkaDatasets.Tests.Pipeline;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KafkaDatasets.Tests;

public sealed class KafkaDatasetOptionsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_fault_is_named_at_once_and_nothing_is_opened()
    {
        var options = new KafkaDatasetOptions
        {
            BootstrapServers = " ",
            ClientConfig = null!,
            Range = TopicRange.Offsets(new PartitionRange(0, 5, 3), new(1, 0, 1), new(1, 1, 2)),
            Label = LabelColumn.Binary("y"),
            Features = ["x", "x", "y", ""],
            Engine = (FetchEngine)99,
            PrefetchBytes = 1,
            DecodeWorkers = 0,
            Timeout = TimeSpan.Zero,
            TimeProvider = null!,
        };
        InvalidOptionsException e = await Assert.ThrowsAsync<InvalidOptionsException>(() => KafkaDataset.OpenAsync("", options, (_, _) => throw new InvalidOperationException("opened"), Token));
        string[] parts = ["topic's name", "BootstrapServers", "ClientConfig", "SchemaRegistry", "0[5, 3)", "partition 1 more than once", "'x' more than once", "label 'y'", "empty name", "Engine", "PrefetchBytes is 1", "DecodeWorkers is 0", "Timeout", "TimeProvider"];
        Assert.All(parts, part => Assert.Contains(e.Faults, fault => fault.Contains(part, StringComparison.Ordinal)));
        Assert.Equal(parts.Length, e.Faults.Count);
        Assert.All(e.Faults, fault => Assert.Contains(fault, e.Message));
    }

    [Fact]
    public async Task Entries_that_are_null_are_named()
    {
        var options = new KafkaDatasetOptions { BootstrapServers = "b:1", Format = RecordFormat.Json([null!]), ExtraColumns = [null!], RecordColumns = [null!] };
        InvalidOptionsException e = await Assert.ThrowsAsync<InvalidOptionsException>(() => KafkaDataset.OpenAsync("t", options, Token));
        Assert.Equal(["ExtraColumns has an entry that is null", "Format: a column is null", "RecordColumns has an entry that is null"], e.Faults.Order());
        foreach (RecordFormat csv in (RecordFormat[])[RecordFormat.Csv([(DatasetColumn)null!]), RecordFormat.Csv([(string)null!]), RecordFormat.Json([new DatasetColumn(null!, ColumnType.Single)])])
        {
            await Assert.ThrowsAsync<InvalidOptionsException>(() => KafkaDataset.OpenAsync("t", new KafkaDatasetOptions { BootstrapServers = "b:1", Format = csv }, Token));
        }

        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, [new byte[4]])).OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = RecordFormat.Float32(1) });
        Assert.Contains("Tensors has an entry that is null", Assert.Throws<InvalidOptionsException>(() => dataset.ReadBatchesAsync(new BatchOptions { Tensors = [null!] }, Token)).Message);
    }

    public static TheoryData<DatasetColumn, string> LostLists => new()
    {
        { new DatasetColumn("v", ColumnType.Double) { Depth = 2 }, "column 'v' has the depth 2 and is not a vector: set IsVector" },
        { new DatasetColumn("v", ColumnType.Double) { Size = 3 }, "column 'v' has the size 3 and is not a vector: set IsVector" },
        { new DatasetColumn("v", ColumnType.Double) { IsVector = true, Size = -1 }, "column 'v' has the size -1, less than 0" },
        { new DatasetColumn("v", ColumnType.Double) { IsVector = true, Depth = -1 }, "column 'v' has the depth -1, less than 0" },
    };

    [Theory]
    [MemberData(nameof(LostLists))]
    public async Task A_list_that_is_not_declared_as_a_vector_is_named(DatasetColumn column, string fault)
    {
        var options = new KafkaDatasetOptions { BootstrapServers = "b:1", Format = RecordFormat.Json([column]) };
        InvalidOptionsException e = await Assert.ThrowsAsync<InvalidOptionsException>(() => KafkaDataset.OpenAsync("t", options, Token));
        Assert.Contains(fault, Assert.Single(e.Faults));
    }

    [Theory]
    [InlineData("Range has partition 0 more than once", 0, 0)]
    [InlineData("Range has partition 2 more than once", 2, 1, 2, 2)]
    [InlineData("has partition -1, which is negative", 0, -1)]
    public async Task Partitions_that_are_named_twice_or_negative_are_invalid(string part, params int[] partitions)
    {
        var options = new KafkaDatasetOptions { BootstrapServers = "b:1", Format = Bare, Range = TopicRange.Partitions(partitions) };
        InvalidOptionsException e = await Assert.ThrowsAsync<InvalidOptionsException>(() => KafkaDataset.OpenAsync("t", options, (_, _) => throw new InvalidOperationException("opened"), Token));
        Assert.Contains(part, Assert.Single(e.Faults));
    }

    [Fact]
    public void Other_faults()
    {
        Assert.Contains("Format", Fault(new() { BootstrapServers = "b:1", Format = null! }));
        Assert.Contains("Features is empty", Fault(new() { BootstrapServers = "b:1", Format = Bare, Features = [] }));
        Assert.Contains("snapshot of topic 'other'", Fault(new() { BootstrapServers = "b:1", Format = Bare, Range = TopicRange.Snapshot(new DatasetSnapshot("other", null, [])) }));
        Assert.Contains("before its start", Fault(new() { BootstrapServers = "b:1", Format = Bare, Range = TopicRange.Timestamps(DateTimeOffset.UnixEpoch.AddDays(1), DateTimeOffset.UnixEpoch) }));
        Assert.Contains("Timeout", Fault(new() { BootstrapServers = "b:1", Format = Bare, Timeout = TimeSpan.FromDays(25) }));
        Assert.Contains("Timeout", Fault(new() { BootstrapServers = "b:1", Format = Bare, Timeout = Timeout.InfiniteTimeSpan }));
    }

    [Fact]
    public async Task Every_fault_against_the_schema_is_named_at_once_with_what_there_is()
    {
        const string schema = """
            {"type":"record","name":"R","fields":[{"name":"x","type":"float"},{"name":"s","type":"string"},{"name":"e","type":{"type":"enum","name":"E","symbols":["A"]}},{"name":"v","type":{"type":"array","items":"int"}}]}
            """;
        InvalidOptionsException e = await Assert.ThrowsAsync<InvalidOptionsException>(() => Open(schema, LabelColumn.Regression("e"), ["x", "X", "s", "v"]));
        Assert.Equal(5, e.Faults.Count);
        Assert.All(
            ["Label: 'e' is of type Key", "no field 'X'", "has the fields x, s, e", "Features: 's' is of type Text", "Features: 'v' is a vector of Int32"],
            part => Assert.Contains(e.Faults, fault => fault.Contains(part, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("\"boolean\"", "Boolean")]
    [InlineData("\"float\"", "Single")]
    [InlineData("\"double\"", "Double")]
    [InlineData("""["null","boolean"]""", "Single")]
    public async Task A_category_is_no_floating_point_number_and_no_Boolean(string type, string part)
    {
        string schema = $$"""{"type":"record","name":"R","fields":[{"name":"y","type":{{type}}}]}""";
        InvalidOptionsException e = await Assert.ThrowsAsync<InvalidOptionsException>(() => Open(schema, LabelColumn.Category("y", ["0", "1"])));
        Assert.Contains(part, Assert.Single(e.Faults));
    }

    [Fact]
    public async Task Categories_must_be_known_and_differ()
    {
        Assert.Contains("give them", Assert.Single((await Assert.ThrowsAsync<InvalidOptionsException>(() => Open(PipelineRows.Schema, LabelColumn.Category("text")))).Faults));
        Assert.Contains("twice", Assert.Single((await Assert.ThrowsAsync<InvalidOptionsException>(() => Open(PipelineRows.Schema, LabelColumn.Category("text", ["a", "b", "a"])))).Faults));
    }

    [Fact]
    public void Text_holds_no_secret()
    {
        var options = new KafkaDatasetOptions { BootstrapServers = "b:1", Format = Bare, ClientConfig = new Dictionary<string, string> { ["sasl.username"] = "key", ["sasl.password"] = "hunter2" } };
        var context = new KafkaDatasets.Fetching.FetchContext("b:1", options.ClientConfig, DataLossPolicy.Throw, options.Timeout, NullLogger.Instance, TimeProvider.System);
        Assert.DoesNotContain("hunter2", $"{options} {context}");
        Assert.Contains("b:1", options.ToString());
    }

    [Fact]
    public void Options_are_copied_with_changes_and_no_copy_tells_a_secret()
    {
        var secrets = new Dictionary<string, string> { ["sasl.password"] = "hunter2" };
        var reading = new KafkaDatasetOptions { BootstrapServers = "b:1", Format = Bare, ClientConfig = secrets };
        KafkaDatasetOptions elsewhere = reading with { BootstrapServers = "c:2", Range = TopicRange.Partitions(3) };
        Assert.Equal(("b:1", "c:2"), (reading.BootstrapServers, elsewhere.BootstrapServers));
        Assert.Same(reading.Format, elsewhere.Format);
        Assert.Same(secrets, elsewhere.ClientConfig);

        KafkaWriterOptions writing = new KafkaWriterOptions { BootstrapServers = "b:1", ClientConfig = secrets } with { Key = "id" };
        BatchOptions batches = new BatchOptions { BatchSize = 7 } with { DropRemainder = true };
        Assert.Equal((7, true), (batches.BatchSize, batches.DropRemainder));
        Assert.Equal(3, (new EmbeddedKafkaOptions() with { Brokers = 3 }).Brokers);
        Assert.DoesNotContain("hunter2", $"{reading} {elsewhere} {writing} {batches}");
    }

    [Fact]
    public void The_largest_memory_bound_is_a_bound() => new KafkaDatasetOptions { BootstrapServers = "b:1", Format = Bare, PrefetchBytes = long.MaxValue }.Validate("t");

    private static RecordFormat Bare => RecordFormat.Avro(PipelineRows.Schema);

    private static string Fault(KafkaDatasetOptions options) => Assert.Single(Assert.Throws<InvalidOptionsException>(() => options.Validate("t")).Faults);

    private static Task<KafkaDataset> Open(string schema, LabelColumn? label, IReadOnlyList<string>? features = null) =>
        new FakeEngine(FakePartition.Of(0, Array.Empty<FakeRecord>())).OpenAsync(schema, label, features);
}
