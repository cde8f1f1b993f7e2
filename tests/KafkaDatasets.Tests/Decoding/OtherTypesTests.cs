using Confluent.SchemaRegistry;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using KafkaDatasets.Tests.Fetching;
using KafkaDatasets.Tests.Schemas;
using Microsoft.Extensions.Logging;
using Microsoft.ML;
using Xunit;
using static KafkaDatasets.Tests.Formats.Avro.AvroBytes;

namespace KafkaDatasets.Tests.Decoding;

/// <summary>Records of several types in one topic, and of several versions of one type.</summary>
public sealed class OtherTypesTests
{
    private const string Fields = """{"name":"id","type":"long"},{"name":"amount","type":"double"}""";

    private static readonly string Placed = Record(Fields, "OrderPlaced");
    private static readonly string Refunded = Record(Fields, "OrderRefunded");

    private readonly MemoryRegistry _registry = MemoryRegistry.Create();

    [Fact]
    public async Task A_record_of_another_type_is_a_bad_record()
    {
        int placed = _registry.Add("OrderPlaced", Placed);
        int refunded = _registry.Add("OrderRefunded", Refunded);
        FakeRecord[] records = [.. Enumerable.Range(0, 6).Select(i => new FakeRecord(i, i % 2 == 0 ? Framed(placed, Encode(Placed, (long)i, 1.0)) : Framed(refunded, Encode(Refunded, (long)i, 1.0))))];
        await using KafkaDataset skipping = await OpenAsync(BadRecordPolicy.Skip, "OrderPlaced", null, records);
        Assert.Equal([[0L], [2L], [4L]], skipping.ToDataView(new MLContext()).Read("id"));
        Assert.Equal(3, skipping.SkippedRecords);
        Assert.Equal((long[])[0, 2, 4], await OffsetsAsync(skipping));
        await using KafkaDataset throwing = await OpenAsync(BadRecordPolicy.Throw, "OrderPlaced", null, records);
        foreach (string[] columns in (string[][])[["id"], ["amount"], []])
        {
            RecordDecodingException e = Assert.Throws<RecordDecodingException>(() => throwing.ToDataView(new MLContext()).Read(columns));
            Assert.Equal((1L, refunded), (e.Offset, e.SchemaId));
            Assert.Contains("of type OrderRefunded, not OrderPlaced", e.Message);
            Assert.Contains("BadRecordPolicy.Skip", e.Message);
        }
    }

    [Theory]
    [InlineData("""{"type":"record","name":"OrderPlaced","namespace":"other.place","fields":[FIELDS]}""")]
    [InlineData("""{"type":"record","name":"Order","fields":[FIELDS]}""")]
    public async Task Another_namespace_and_an_alias_are_the_same_type(string writer)
    {
        writer = writer.Replace("FIELDS", Fields, StringComparison.Ordinal);
        int id = _registry.Add("t", writer);
        _registry.Add("t", $$"""{"type":"record","name":"OrderPlaced","namespace":"here","aliases":["Order"],"fields":[{{Fields}}]}""");
        await using KafkaDataset dataset = await OpenAsync(BadRecordPolicy.Throw, "t", null, new FakeRecord(0, Framed(id, Encode(writer, 7L, 1.5))));
        Assert.Equal([[7L, 1.5]], dataset.ToDataView(new MLContext()).Read("id", "amount"));
    }

    [Fact]
    public async Task Of_a_union_of_several_types_those_that_are_another_are_bad_records()
    {
        string union = $"[{Placed},{Refunded}]";
        int id = _registry.Add("union", union);
        _registry.Add("OrderRefunded", Refunded);
        FakeRecord[] records = [new(0, Framed(id, [0, .. Encode(Placed, 1L, 1.0)])), new(1, Framed(id, [2, .. Encode(Refunded, 2L, 2.0)]))];
        await using KafkaDataset refunded = await OpenAsync(BadRecordPolicy.Skip, "OrderRefunded", null, records);
        Assert.Equal([[2L, 2.0]], refunded.ToDataView(new MLContext()).Read("id", "amount"));
        Assert.Equal(1, refunded.SkippedRecords);
        await using KafkaDataset both = await OpenAsync(BadRecordPolicy.Throw, "union", null, records);
        Assert.Equal([[1.0, double.NaN], [double.NaN, 2.0]], both.ToDataView(new MLContext()).Read("value.OrderPlaced.amount", "value.OrderRefunded.amount"));
    }

    /// <summary>Generators of schemas write the type below <c>definitions</c>, with a title or only with its name there, and refer to it.</summary>
    [Theory]
    [InlineData("""{"title":"TYPE","type":"object","properties":{"id":{"type":"integer"} } }""")]
    [InlineData("""{"$ref":"#/definitions/Event","definitions":{"Event":{"title":"TYPE","type":"object","properties":{"id":{"type":"integer"} } } } }""")]
    [InlineData("""{"$ref":"#/definitions/TYPE","definitions":{"TYPE":{"type":"object","properties":{"id":{"type":"integer"} } } } }""")]
    [InlineData("""{"allOf":[{"$ref":"#/definitions/Event"}],"definitions":{"Event":{"title":"TYPE","type":"object","properties":{"id":{"type":"integer"} } } } }""")]
    public async Task A_JSON_object_whose_type_is_named_in_another_place_of_the_schema_is_a_bad_record(string schema)
    {
        int placed = _registry.Add("placed", schema.Replace("TYPE", "OrderPlaced", StringComparison.Ordinal), type: SchemaType.Json);
        int refunded = _registry.Add("refunded", schema.Replace("TYPE", "OrderRefunded", StringComparison.Ordinal), type: SchemaType.Json);
        int titled = _registry.Add("titled", """{"title":"OrderPlaced","type":"object","properties":{"id":{"type":"integer"},"x":{"type":"number"} } }""", type: SchemaType.Json);
        FakeRecord[] records = [.. new[] { placed, refunded, titled }.Select((id, i) => new FakeRecord(i, Framed(id, System.Text.Encoding.UTF8.GetBytes($"{{\"id\":{i}}}"))))];
        await using KafkaDataset dataset = await OpenAsync(BadRecordPolicy.Skip, "placed", null, records);
        Assert.Equal([[0.0], [2.0]], dataset.ToDataView(new MLContext()).Read("id"));
        Assert.Equal(1, dataset.SkippedRecords);
        Assert.Equal("OrderPlaced", dataset.Schema.Name);
        await using KafkaDataset throwing = await OpenAsync(BadRecordPolicy.Throw, "placed", null, records);
        Assert.Contains("of the type 'OrderRefunded'; the dataset's type is 'OrderPlaced'", Assert.Throws<RecordDecodingException>(() => throwing.ToDataView(new MLContext()).Read("id")).Message);
    }

    [Fact]
    public async Task A_key_of_another_type_is_a_bad_record()
    {
        int placed = _registry.Add("t-key", Placed);
        int refunded = _registry.Add("OrderRefunded", Refunded);
        FakeRecord[] records = [new(0, [0, 0, 0, 0]) { Key = Framed(placed, Encode(Placed, 1L, 1.0)) }, new(1, [0, 0, 0, 0]) { Key = Framed(refunded, Encode(Refunded, 2L, 1.0)) }];
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, records)).OpenAsync(new KafkaDatasetOptions
        {
            BootstrapServers = "fake:1",
            SchemaRegistry = _registry.Client,
            Format = RecordFormat.Float32(1),
            KeyFormat = RecordFormat.Registry,
            OnBadRecord = BadRecordPolicy.Skip,
        });
        Assert.Equal([[1L]], dataset.ToDataView(new MLContext()).Read("Key.id"));
        Assert.Equal(1, dataset.SkippedRecords);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_Protobuf_message_of_another_name_is_a_bad_record(bool inOneSchema)
    {
        FileDescriptorProto file = File("both.proto", inOneSchema ? ["OrderPlaced", "OrderRefunded"] : ["OrderPlaced"]);
        int placed = _registry.Add("OrderPlaced", file.ToByteString().ToBase64(), type: SchemaType.Protobuf);
        int refunded = inOneSchema ? placed : _registry.Add("OrderRefunded", File("other.proto", "OrderRefunded").ToByteString().ToBase64(), type: SchemaType.Protobuf);
        byte[] index = inOneSchema ? [2, 2] : [0];
        FakeRecord[] records = [new(0, Framed(placed, [0, 8, 1])), new(1, Framed(refunded, [.. index, 8, 2])), new(2, Framed(placed, [0, 8, 3]))];
        await using KafkaDataset dataset = await OpenAsync(BadRecordPolicy.Skip, "OrderPlaced", null, records);
        Assert.Equal([[1L], [3L]], dataset.ToDataView(new MLContext()).Read("id"));
        Assert.Equal(1, dataset.SkippedRecords);
        Assert.Equal((long[])[0, 2], await OffsetsAsync(dataset));
    }

    /// <summary>The message that is read is that of the range's first record, unless that is one of another program.</summary>
    [Fact]
    public async Task Nor_does_a_Protobuf_message_of_another_schema_at_the_start_keep_the_topic_from_being_opened()
    {
        int placed = _registry.Add("t-value", File("placed.proto", "OrderPlaced").ToByteString().ToBase64(), type: SchemaType.Protobuf);
        int refunded = _registry.Add("OrderRefunded", File("other.proto", "OrderRefunded").ToByteString().ToBase64(), type: SchemaType.Protobuf);
        FakeRecord[] records = [new(0, Framed(refunded, [0, 8, 2])), new(1, Framed(placed, [0, 8, 1]))];
        await using KafkaDataset dataset = await OpenAsync(BadRecordPolicy.Skip, null, null, records);
        Assert.Equal([[1L]], dataset.ToDataView(new MLContext()).Read("id"));
        Assert.Equal(1, dataset.SkippedRecords);
        await using KafkaDataset throwing = await OpenAsync(BadRecordPolicy.Throw, null, null, records);
        Assert.Contains("it has no message shop.OrderPlaced", Assert.Throws<RecordDecodingException>(() => throwing.ToDataView(new MLContext()).Read("id")).Message);

        // Which one of several messages is read must be said.
        _registry.Add("t-value", File("both.proto", "OrderPlaced", "OrderPaid").ToByteString().ToBase64(), type: SchemaType.Protobuf);
        SchemaException e = await Assert.ThrowsAsync<SchemaException>(() => OpenAsync(BadRecordPolicy.Skip, null, null, records));
        Assert.Contains("has no message 'shop.OrderRefunded'. It has shop.OrderPlaced, shop.OrderPaid.", e.Message);
        Assert.Contains("RecordFormat.RegistrySubject", e.Message);
    }

    [Fact]
    public async Task A_new_field_without_default_names_the_cure_and_only_where_it_is_read()
    {
        int old = _registry.Add("t-value", Record("""{"name":"id","type":"long"}""", "OrderPlaced"));
        _registry.Add("t-value", Placed);
        FakeRecord record = new(0, Framed(old, [2]));
        await using KafkaDataset dataset = await OpenAsync(BadRecordPolicy.Throw, null, null, record);
        RecordDecodingException e = Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read("amount"));
        Assert.Contains("RecordFormat.RegistrySubject(\"t-value\", version: 1)", e.Message);
        Assert.Equal("amount", e.Field);
        Assert.Equal([[1L]], dataset.ToDataView(new MLContext()).Read("id"));
        await using KafkaDataset cured = await new FakeEngine(FakePartition.Of(0, [record])).OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", SchemaRegistry = _registry.Client, Format = RecordFormat.RegistrySubject("t-value", version: 1) });
        Assert.Equal([[1L]], cured.ToDataView(new MLContext()).Read("id"));
    }

    [Theory]
    [InlineData(SchemaType.Json, """{"title":"T","type":"object","properties":{"id":{"type":"integer"}}}""", """{"title":"T","type":"object","required":["amount"],"properties":{"id":{"type":"integer"},"amount":{"type":"number"}}}""", "{\"id\":1}")]
    [InlineData(SchemaType.Json, """{"title":"T","type":"object","properties":{"amount":{"type":"number"}}}""", """{"title":"T","type":"object","required":["amount"],"properties":{"amount":{"type":"number"}}}""", "{}")]
    [InlineData(SchemaType.Protobuf, "syntax = \"proto2\"; message M { required int64 id = 1; }", "syntax = \"proto2\"; message M { required int64 id = 1; required double amount = 2; }", "\u0000\u0008\u0001")]
    public async Task So_does_a_new_field_that_JSON_Schema_or_Protobuf_requires(SchemaType type, string older, string newest, string value)
    {
        int old = _registry.Add("t-value", older, type: type);
        int now = _registry.Add("t-value", newest, type: type);
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(value);
        await using KafkaDataset dataset = await OpenAsync(BadRecordPolicy.Throw, null, null, new FakeRecord(0, Framed(old, bytes)));
        RecordDecodingException e = Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read("amount"));
        Assert.Equal("amount", e.Field);
        Assert.Contains("RecordFormat.RegistrySubject(\"t-value\", version: 1)", e.Message);
        await using KafkaDataset own = await OpenAsync(BadRecordPolicy.Throw, null, null, new FakeRecord(0, Framed(now, bytes)));
        Assert.DoesNotContain("version: 1", Assert.Throws<RecordDecodingException>(() => own.ToDataView(new MLContext()).Read("amount")).Message);
    }

    [Fact]
    public async Task Fields_in_another_order_are_a_warning_unless_the_features_are_named()
    {
        string swapped = Record("""{"name":"amount","type":"double"},{"name":"id","type":"long"}""", "OrderPlaced");
        int old = _registry.Add("t-value", Placed);
        int newest = _registry.Add("t-value", swapped);
        FakeRecord[] records = [new(0, Framed(old, Encode(Placed, 1L, 2.0))), new(1, Framed(newest, Encode(swapped, 4.0, 3L))), new(2, Framed(old, Encode(Placed, 5L, 6.0)))];
        using var log = new Lines();
        await using KafkaDataset dataset = await OpenAsync(BadRecordPolicy.Throw, null, log, records);
        Assert.Equal([[new[] { 2f, 1f }], [new[] { 4f, 3f }], [new[] { 6f, 5f }]], dataset.ToDataView(new MLContext()).Read("Features"));
        Assert.Equal((long[])[0, 1, 2], await OffsetsAsync(dataset));
        string warning = Assert.Single(log.Warnings);
        Assert.Contains("(id, amount)", warning);
        Assert.Contains("(amount, id)", warning);
        Assert.Contains("KafkaDatasetOptions.Features", warning);

        using var quiet = new Lines();
        await using KafkaDataset named = await OpenAsync(BadRecordPolicy.Throw, null, quiet, records, ["id", "amount"]);
        Assert.Equal([[new[] { 1f, 2f }], [new[] { 3f, 4f }], [new[] { 5f, 6f }]], named.ToDataView(new MLContext()).Read("Features"));
        Assert.Empty(quiet.Warnings);
    }

    private static FileDescriptorProto File(string name, params string[] messages)
    {
        var file = new FileDescriptorProto { Name = name, Package = "shop", Syntax = "proto3" };
        file.MessageType.AddRange(messages.Select(m => new DescriptorProto
        {
            Name = m,
            Field = { new FieldDescriptorProto { Name = "id", Number = 1, Type = FieldDescriptorProto.Types.Type.Int64, Label = FieldDescriptorProto.Types.Label.Optional } },
        }));
        return file;
    }

    private static async Task<long[]> OffsetsAsync(KafkaDataset dataset)
    {
        var offsets = new List<long>();
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(cancellationToken: TestContext.Current.CancellationToken))
        {
            using (batch)
            {
                offsets.AddRange(batch.Offsets);
            }
        }

        return [.. offsets];
    }

    private Task<KafkaDataset> OpenAsync(BadRecordPolicy policy, string? subject, ILoggerFactory? log, params FakeRecord[] records) => OpenAsync(policy, subject, log, records, null);

    private Task<KafkaDataset> OpenAsync(BadRecordPolicy policy, string? subject, ILoggerFactory? log, FakeRecord[] records, IReadOnlyList<string>? features) =>
        new FakeEngine(FakePartition.Of(0, records)).OpenAsync(new KafkaDatasetOptions
        {
            BootstrapServers = "fake:1",
            SchemaRegistry = _registry.Client,
            Format = subject is null ? RecordFormat.Registry : RecordFormat.RegistrySubject(subject),
            OnBadRecord = policy,
            Features = features,
            LoggerFactory = log,
        });

    private sealed class Lines : ILoggerFactory, ILogger
    {
        public List<string> Warnings { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Warning)
            {
                lock (Warnings)
                {
                    Warnings.Add(formatter(state, exception));
                }
            }
        }

        public void Dispose()
        {
        }
    }
}
