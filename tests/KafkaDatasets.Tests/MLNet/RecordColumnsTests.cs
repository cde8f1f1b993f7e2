using KafkaDatasets.Tests.Fetching;
using KafkaDatasets.Tests.Formats.Avro;
using KafkaDatasets.Tests.MLNet.Contract;
using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace KafkaDatasets.Tests.MLNet;

/// <summary>Columns that are the record's own: partition, offset, timestamp, key and headers.</summary>
public sealed class RecordColumnsTests
{
    private const string Schema = """{"type":"record","name":"R","fields":[{"name":"x","type":"float"},{"name":"s","type":"string"}]}""";

    private static readonly RecordColumn[] KeyAndHeaders =
        [RecordColumn.Key(), RecordColumn.KeyBytes("KeyBytes"), RecordColumn.Header("trace"), RecordColumn.Header("x", "x-header"), RecordColumn.HeaderBytes("trace", "TraceBytes")];

    [Fact]
    public async Task Partition_offset_and_timestamp_are_always_there_and_never_features()
    {
        await using KafkaDataset dataset = await OpenAsync();
        Assert.Equal(["x", "s"], dataset.Schema.Columns.Select(c => c.Name));
        Assert.Equal([("Partition", ColumnType.Int32), ("Offset", ColumnType.Int64), ("Timestamp", ColumnType.DateTimeOffset)], dataset.Schema.RecordColumns.Select(c => (c.Name, c.Type)));
        Assert.Equal(["x"], dataset.Features);
        Assert.True(dataset.Schema.TryGetColumn("Offset", out _));
        Assert.Equal(
            [
                [0, 5L, DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123)],
                [0, 7L, default(DateTimeOffset)],
                [3, 0L, DateTimeOffset.UnixEpoch],
                [3, 2L, DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000)],
            ],
            dataset.ToDataView(new MLContext()).Read("Partition", "Offset", "Timestamp"));
    }

    [Fact]
    public async Task Key_and_headers_are_there_when_asked_for()
    {
        await using KafkaDataset dataset = await OpenAsync(KeyAndHeaders);
        IDataView view = dataset.ToDataView(new MLContext());
        Assert.Equal(["Features", "x", "s", "Partition", "Offset", "Timestamp", "Key", "KeyBytes", "trace", "x-header", "TraceBytes"], view.Schema.Select(c => c.Name));
        Assert.Equal(
            [
                [1f, "one", "k1", new byte[] { 0x6b, 0x31 }, "last", "", "last"u8.ToArray()],
                [2f, "two", "", Array.Empty<byte>(), "", "", Array.Empty<byte>()],
                [3f, "three", "", Array.Empty<byte>(), "", "é", Array.Empty<byte>()],
                [4f, "four", "k4", new byte[] { 0x6b, 0x34 }, "", "", Array.Empty<byte>()],
            ],
            view.Read("x", "s", "Key", "KeyBytes", "trace", "x-header", "TraceBytes"));
        Assert.Equal([["k1"], [""], [""], ["k4"]], view.Read("Key"));
        DataViewConformance.Check(view);
    }

    [Fact]
    public async Task Keys_stay_with_their_rows_where_records_are_left_out()
    {
        FakeRecord[] records = [.. Enumerable.Range(0, 3000).Select(i => new FakeRecord(i, i % 3 == 1 ? [1] : AvroBytes.Encode(Schema, (float)i, "")) { Key = BitConverter.GetBytes(i) })];
        var engine = new FakeEngine(FakePartition.Of(0, records)) { ChunkRecords = 70 };
        await using KafkaDataset dataset = await engine.OpenAsync(new KafkaDatasetOptions
        {
            BootstrapServers = "fake:1",
            Format = RecordFormat.Avro(Schema),
            OnBadRecord = BadRecordPolicy.Skip,
            RecordColumns = [RecordColumn.KeyBytes()],
        });
        List<object[]> rows = dataset.ToDataView(new MLContext()).Read("x", "Key");
        Assert.Equal(2000, rows.Count);
        Assert.All(rows, row => Assert.Equal(BitConverter.GetBytes((int)(float)row[0]), row[1]));
    }

    [Fact]
    public async Task A_field_of_the_same_name_keeps_it()
    {
        const string schema = """{"type":"record","name":"R","fields":[{"name":"Offset","type":"int"},{"name":"Key","type":"int"}]}""";
        var engine = new FakeEngine(FakePartition.Of(0, [[2, 4], [6, 8]]));
        await using KafkaDataset dataset = await engine.OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = RecordFormat.Avro(schema), RecordColumns = [RecordColumn.Key()] });
        IDataView view = dataset.ToDataView(new MLContext());
        Assert.Equal(["Features", "Offset", "Key", "Partition", "Kafka.Offset", "Timestamp", "Kafka.Key"], view.Schema.Select(c => c.Name));
        Assert.Equal([[1, 2, 0L, ""], [3, 4, 1L, ""]], view.Read("Offset", "Key", "Kafka.Offset", "Kafka.Key"));
    }

    [Fact]
    public async Task Two_columns_of_one_name_are_a_fault()
    {
        var options = new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = RecordFormat.Avro(Schema), RecordColumns = [RecordColumn.Key(), RecordColumn.Header("Key")] };
        Assert.Contains("'Key'", Assert.Single((await Assert.ThrowsAsync<InvalidOptionsException>(() => new FakeEngine().OpenAsync(options))).Faults));
    }

    [Theory]
    [InlineData("Partition")]
    [InlineData("Offset")]
    [InlineData("Timestamp")]
    [InlineData("Features")]
    [InlineData("Label")]
    public async Task A_column_of_a_name_that_every_view_has_is_a_fault(string name)
    {
        var options = new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = RecordFormat.Avro(Schema), Label = LabelColumn.Regression("x"), RecordColumns = [RecordColumn.Header("h", name)] };
        string fault = Assert.Single((await Assert.ThrowsAsync<InvalidOptionsException>(() => new FakeEngine().OpenAsync(options))).Faults);
        Assert.Contains($"RecordColumns has a column '{name}'", fault);
        Assert.Contains("give it another name", fault);
        if (name == "Label")
        {
            await using KafkaDataset unlabelled = await new FakeEngine().OpenAsync(options with { Label = null });
            Assert.Contains("Label", unlabelled.ToDataView(new MLContext()).Schema.Select(c => c.Name));
        }
    }

    [Fact]
    public async Task A_name_that_another_column_got_gets_a_prefix_too()
    {
        await using KafkaDataset dataset = await OpenAsync(RecordColumn.Key("x"), RecordColumn.Header("trace", "Kafka.x"));
        Assert.Equal(["Kafka.x", "Kafka.Kafka.x"], dataset.Schema.RecordColumns.Skip(3).Select(c => c.Name));
        Assert.Equal(["k1", "last"], dataset.ToDataView(new MLContext()).Read("Kafka.x", "Kafka.Kafka.x")[0]);
    }

    [Fact]
    public async Task Only_the_record_s_own_columns_say_so()
    {
        await using KafkaDataset dataset = await OpenAsync(KeyAndHeaders);
        Assert.All(dataset.ToDataView(new MLContext()).Schema, column => Assert.Equal(
            column.Name is not ("Features" or "x" or "s"),
            column.Annotations.Schema.Any(a => a.Name == "KafkaRecordPart" && a.Type is BooleanDataViewType)));
    }

    private static Task<KafkaDataset> OpenAsync(params RecordColumn[] columns)
    {
        var engine = new FakeEngine(
            new FakePartition(0, 5, 8,
            [
                new(5, AvroBytes.Encode(Schema, 1f, "one")) { Timestamp = 1_700_000_000_123, Key = "k1"u8.ToArray(), Headers = [("trace", "first"u8.ToArray()), ("other", null), ("trace", "last"u8.ToArray())] },
                new(7, AvroBytes.Encode(Schema, 2f, "two")) { Timestamp = -1 },
            ]),
            new FakePartition(3, 0, 3,
            [
                new(0, AvroBytes.Encode(Schema, 3f, "three")) { Timestamp = 0, Key = [], Headers = [("x", "é"u8.ToArray()), ("trace", null)] },
                new(1, null),
                new(2, AvroBytes.Encode(Schema, 4f, "four")) { Key = "k4"u8.ToArray() },
            ]));
        return engine.OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = RecordFormat.Avro(Schema), RecordColumns = columns });
    }
}
