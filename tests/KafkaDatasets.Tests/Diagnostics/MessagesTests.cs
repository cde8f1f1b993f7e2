using System.Globalization;
using System.Text.RegularExpressions;
using Confluent.SchemaRegistry;
using KafkaDatasets.Tests.Fetching;
using KafkaDatasets.Tests.Pipeline;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.Tests.Diagnostics;

/// <summary>
/// Messages of exceptions, each provoked under a culture that writes numbers in its own way: they end with one full stop, and their numbers are those of the invariant culture.
/// </summary>
public sealed partial class MessagesTests : IDisposable
{
    private readonly EmbeddedKafka _kafka = EmbeddedKafka.Start();
    private readonly CachedSchemaRegistryClient _registry;

    public MessagesTests()
    {
        _registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = _kafka.SchemaRegistryUrl });
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private KafkaDatasetOptions Reading => new() { BootstrapServers = _kafka.BootstrapServers, SchemaRegistry = _registry, Timeout = TimeSpan.FromSeconds(10) };

    private KafkaWriterOptions Writing => new() { BootstrapServers = _kafka.BootstrapServers, SchemaRegistry = _registry, Partitions = 1 };

    public void Dispose()
    {
        _registry.Dispose();
        _kafka.Dispose();
    }

    /// <summary>Documents that are damaged or of something else: the message names no parameter of a method that the caller did not call.</summary>
    [Theory]
    [InlineData("""{"version":1,"topics":[]}""")]
    [InlineData("""{"version":1,"topics":[{"snapshot":{"version":1,"topic":"a b","partitions":[]},"columns":[],"splits":[]}]}""")]
    [InlineData("""{"topic":"a:0:7:5","input_format":"RAW"}""")]
    [InlineData("""{"topic":"a:-1:0:5","input_format":"RAW"}""")]
    [InlineData("[1")]
    [InlineData("{}")]
    [InlineData("")]
    public void Messages_about_documents_name_no_parameter(string json)
    {
        Action<string>[] readers =
        [
            j => DatasetManifest.Parse(j), j => DatasetSnapshot.Parse(j), j => ReadState.Parse(j), j => ReferenceProfile.Parse(j), j => DriftDetector.Parse(j), j => KafkaMlControlMessage.Parse(j), j => CroissantDataset.Parse(j),
        ];
        Assert.All(readers, read =>
        {
            FormatException e = Assert.Throws<FormatException>(() => read(json));
            Assert.DoesNotContain("(Parameter", e.Message, StringComparison.Ordinal);
            Assert.Matches(@"[^.]\.$", e.Message);
        });
    }

    [Fact]
    public async Task Messages_end_with_one_full_stop_and_write_numbers_alike_in_every_culture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = German();
            Assert.Equal("−1,5", (-1.5).ToString(CultureInfo.CurrentCulture));
            var faults = new List<string>();
            foreach ((string what, Func<Task> action) in Faults())
            {
                Exception? exception = await Record.ExceptionAsync(action);
                string message = exception is ArgumentException { ParamName: not null } argument ? ArgumentSuffix().Replace(argument.Message, "") : exception?.Message ?? "no exception";
                if (exception is not (KafkaDatasetException or FormatException or ArgumentException or InvalidOperationException or NotSupportedException) || FaultOf(message) is not null)
                {
                    faults.Add($"{what}: {FaultOf(message)}: {exception?.GetType().Name} {message}");
                }
            }

            Assert.Empty(faults);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private static string? FaultOf(string message) =>
        !message.EndsWith('.') && !message.EndsWith('?') ? "no full stop at the end"
        : DoubleStop().IsMatch(message) ? "two stops"
        : HasGermanNumber(message) ? "a number of the culture"
        : message.Contains("  ", StringComparison.Ordinal) ? "two spaces"
        : message.Contains("record the options", StringComparison.Ordinal) ? "'record the options'"
        : null;

    private List<(string What, Func<Task> Action)> Faults()
    {
        const string json = """{"type":"object","properties":{"x":{"type":"number"},"n":{"type":"integer"}},"required":["x"]}""";
        var columns = new DatasetColumn[] { new("x", ColumnType.Single), new("n", ColumnType.Int32), new("t", ColumnType.DateTimeOffset), new("k", ColumnType.Key, KeyValues: ["a"]) };
        var faults = new List<(string What, Func<Task> Action)>
        {
            ("options of a dataset", () => Open("t", Reading with { BootstrapServers = "", Timeout = TimeSpan.FromSeconds(-1.5), PrefetchBytes = -1234567, DecodeWorkers = -2, Features = ["a", "a", ""], Engine = (FetchEngine)77, ViewColumns = (ViewColumns)(-3) })),
            ("range", () => Open("t", Reading with { Range = TopicRange.Offsets(new PartitionRange(0, 1234567, 1), new(-1, -2, 3)) })),
            ("timestamps", () => Open("t", Reading with { Range = TopicRange.Timestamps(DateTimeOffset.UnixEpoch.AddSeconds(1.5), DateTimeOffset.UnixEpoch) })),
            ("options of a writer", () => Write("t", Writing with { Partitions = -1, ReplicationFactor = -5, Timeout = TimeSpan.FromSeconds(-1.5), RecordName = "1 2", Key = "" })),
            ("writer's topic", () => Write("a b", Writing)),
            ("brokers", () => Task.Run(() => EmbeddedKafka.Start(new EmbeddedKafkaOptions { Brokers = -1234 }))),
            ("topic", () => Open("nowhere", Reading)),
            ("no schema", () => Open("bare", Reading)),
            ("subject", () => Open("bare", Reading with { Format = RecordFormat.RegistrySubject("none", 1234) })),
            ("Avro", () => Open("bare", Reading with { Format = RecordFormat.Avro("{") })),
            ("JSON Schema", () => Open("bare", Reading with { Format = RecordFormat.Json("[1.5") })),
            ("JSON Schema's type", () => Open("bare", Reading with { Format = RecordFormat.Json("""{"type":"number"}""") })),
            ("Protobuf", () => Open("bare", Reading with { Format = RecordFormat.Protobuf([1, 2, 3], "M") })),
            ("columns", () => Open("bare", Reading with { Format = RecordFormat.Csv([new DatasetColumn("a", ColumnType.Key), new("a", ColumnType.Int32, IsNullable: true), new("v", ColumnType.Single) { IsVector = true }]) })),
            ("features", () => Open("bare", Reading with { Format = RecordFormat.Json(columns), Features = ["y", "k", "t"], Label = LabelColumn.Category("x", ["a", "a"]), ExtraColumns = ["z"] })),
            ("label", () => Open("bare", Reading with { Format = RecordFormat.Json(columns), Label = LabelColumn.Binary("t") })),
            ("integer label", () => Open("bare", Reading with { Format = RecordFormat.Json(columns), Label = LabelColumn.Binary("n", "yes", "01") })),
            ("batches", () => Batches("bare", json, new BatchOptions { BatchSize = -1234, Tensors = ["none"] })),
            ("partition", () => Open("bare", Reading with { Format = RecordFormat.Json(json), Range = TopicRange.Partitions(1234) })),
            ("snapshot", () => Task.Run(() => DatasetSnapshot.Parse("""{"topic":"t","partitions":[{"partition":0,"start":5,"end":-1234}],"stripeLength":1024}"""))),
            ("no snapshot", () => Task.Run(() => DatasetSnapshot.Parse("[1.5]"))),
            ("loss", () => Open("bare", Reading with { Format = RecordFormat.Json(json), Range = TopicRange.Offsets(new PartitionRange(0, 1234567, 2345678)) })),
            ("class", () => Task.Run(() => new MLContext().Data.LoadFromKafka<Row>("bare", Reading with { Format = RecordFormat.Json(json) }))),
            ("model's features", () => Task.Run(() => Reading.WithFeaturesOf(new MLContext().Data.LoadFromEnumerable([new Row()]).Schema))),
            ("loader", () => Task.Run(() => new MLContext().Data.CreateKafkaLoader(Reading).GetOutputSchema())),
            ("view's column", () => Task.Run(() => new MLContext().Data.LoadFromKafka("bare", Reading with { Format = RecordFormat.Json(json) }).GetRowCursor(new MLContext().Data.LoadFromEnumerable([new Row()]).Schema))),
            ("type that cannot be written", () => KafkaRecordWriter<Unwritable>.OpenAsync("bare", Writing, Token)),
        };
        _kafka.CreateTopic("bare", 1);
        foreach ((string name, RecordFormat format, byte[] value) in Bad(json))
        {
            faults.Add((name, () => ReadAsync(format, value)));
        }

        return faults;
    }

    private static IEnumerable<(string Name, RecordFormat Format, byte[] Value)> Bad(string json)
    {
        RecordFormat csv = RecordFormat.Csv([new DatasetColumn("x", ColumnType.Single), new("n", ColumnType.Int32), new("b", ColumnType.Boolean)]);
        yield return ("bad Avro", RecordFormat.Avro(PipelineRows.Schema), [1]);
        yield return ("framed Avro", RecordFormat.Avro(PipelineRows.Schema), [0, 0, 0, 4, 210, 2, 3]);
        yield return ("bad JSON", RecordFormat.Json(json), "{\"x\":1.5,"u8.ToArray());
        yield return ("JSON of another type", RecordFormat.Json(json), "{\"x\":\"1.5x\"}"u8.ToArray());
        yield return ("JSON without a member", RecordFormat.Json(json), "{\"n\":1234567}"u8.ToArray());
        yield return ("JSON out of range", RecordFormat.Json([new DatasetColumn("n", ColumnType.Int8)]), "{\"n\":-1234567}"u8.ToArray());
        yield return ("CSV", csv, "1.5,x,true"u8.ToArray());
        yield return ("CSV with few fields", csv, "1.5"u8.ToArray());
        yield return ("CSV out of range", csv, "1.5,12345678901,true"u8.ToArray());
        yield return ("floats of another length", RecordFormat.Float32(1234), new byte[1235]);
        yield return ("Protobuf", RecordFormat.Protobuf(Google.Protobuf.WellKnownTypes.Duration.Descriptor), [8, 255]);
    }

    private async Task Open(string topic, KafkaDatasetOptions options)
    {
        await using KafkaDataset dataset = await KafkaDataset.OpenAsync(topic, options, Token);
    }

    private async Task Batches(string topic, string json, BatchOptions batches)
    {
        await using KafkaDataset dataset = await KafkaDataset.OpenAsync(topic, Reading with { Format = RecordFormat.Json(json) }, Token);
        dataset.ReadBatchesAsync(batches, Token);
    }

    private static async Task ReadAsync(RecordFormat format, byte[] value)
    {
        var engine = new FakeEngine([FakePartition.Of(0, [value])]) { Topic = "bad" };
        var options = new KafkaDatasetOptions { BootstrapServers = "b:1", Format = format };
        await using KafkaDataset dataset = await KafkaDataset.OpenAsync("bad", options, (_, _) => engine, Token);
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(cancellationToken: Token))
        {
            batch.Dispose();
        }
    }

    private static async Task Write(string topic, KafkaWriterOptions options)
    {
        await using KafkaRecordWriter<Row> writer = await KafkaRecordWriter<Row>.OpenAsync(topic, options, Token);
    }

    /// <summary>A culture that writes −1.234,5; built here, as the tests run without the cultures of the operating system.</summary>
    private static CultureInfo German()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberDecimalSeparator = ",";
        culture.NumberFormat.NumberGroupSeparator = ".";
        culture.NumberFormat.PercentDecimalSeparator = ",";
        culture.NumberFormat.NegativeSign = "−";
        culture.DateTimeFormat.DateSeparator = ".";
        culture.DateTimeFormat.TimeSeparator = ".";
        return culture;
    }

    /// <summary>Whether a message has a number of the culture: its decimal comma, its minus, or its groups.</summary>
    private static bool HasGermanNumber(string message) => GermanNumber().IsMatch(message);

    [GeneratedRegex(@"(?<![\d,\[(])\d+,\d|−\d|\d\.\d{3}\.\d")]
    private static partial Regex GermanNumber();

    [GeneratedRegex(@"\.\.(?!\.)(?<!\.\.\.)|[.:;]\s*[.;](?!\.)|\?\.$")]
    private static partial Regex DoubleStop();

    [GeneratedRegex(@" \(Parameter '\w+'\)(\r?\nActual value was .*\.)?$", RegexOptions.Singleline)]
    private static partial Regex ArgumentSuffix();

    public sealed class Row
    {
        public double X { get; set; }
    }

    public sealed class Unwritable
    {
        public nint Pointer { get; set; }
    }
}
