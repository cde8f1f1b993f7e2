using KafkaDatasets.Tests.Fetching;
using KafkaDatasets.Tests.MLNet.Contract;
using KafkaDatasets.Tests.Schemas;
using Microsoft.ML;
using Xunit;
using static KafkaDatasets.Tests.Formats.Avro.AvroBytes;

namespace KafkaDatasets.Tests.Decoding;

/// <summary>Keys of records, read by a format.</summary>
public sealed class KeyFormatTests
{
    private const string ValueSchema = """{"type":"record","name":"V","fields":[{"name":"x","type":"float"}]}""";

    private static readonly string K1 = Record("""{"name":"id","type":"long"}""", "K");
    private static readonly string K2 = Record("""{"name":"part","type":{"type":"record","name":"P","fields":[{"name":"n","type":"int"}]},"default":{"n":-1}},{"name":"id","type":"long"}""", "K");
    private static readonly Guid Guid1 = Guid.Parse("01020304-0506-0708-090a-0b0c0d0e0f10");

    private readonly MemoryRegistry _registry = MemoryRegistry.Create();
    private readonly int _value;
    private readonly int _key1;
    private readonly int _key2;

    public KeyFormatTests()
    {
        _value = _registry.Add("t-value", ValueSchema);
        _key1 = _registry.Add("t-key", K1, Guid1);
        _key2 = _registry.Add("t-key", K2);
    }

    [Fact]
    public async Task Each_key_is_read_by_its_writers_schema()
    {
        FakeRecord[] records =
        [
            Of(0, Framed(_key2, Encode(e =>
            {
                e.WriteInt(7);
                e.WriteLong(10);
            }))),
            Of(1, Framed(_key1, Encode(K1, 11L))),
            Of(2, Encode(K1, 12L)) with { Headers = [("__key_schema_id", [1, .. Guid1.ToByteArray(bigEndian: true)])] },
            Of(3, Encode(K1, 13L)) with { Headers = [("__key_schema_id", Framed(_key1, []))] },
        ];
        await using KafkaDataset dataset = await OpenAsync(new Options(), records);
        Assert.Equal([("Key.part.n", ColumnType.Int32), ("Key.id", ColumnType.Int64), ("x", ColumnType.Single)], dataset.Schema.Columns.Select(c => (c.Name, c.Type)));
        IDataView view = dataset.ToDataView(new MLContext());
        Assert.Equal([[7, 10L, 0f], [-1, 11L, 1f], [-1, 12L, 2f], [-1, 13L, 3f]], view.Read("Key.part.n", "Key.id", "x"));
        DataViewConformance.Check(view);
    }

    [Fact]
    public async Task Key_columns_are_label_features_and_tensors_like_others()
    {
        FakeRecord[] records = [.. Enumerable.Range(0, 300).Select(i => Of(i, Framed(_key1, Encode(K1, (long)(i % 2)))))];
        await using KafkaDataset dataset = await OpenAsync(new Options { Label = LabelColumn.Binary("Key.id") }, records);
        Assert.Equal(["Key.part.n", "x"], dataset.Features);
        var tensors = new BatchOptions { BatchSize = 100, Tensors = [TensorColumn.Int64("Key.id")] };
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(tensors, TestContext.Current.CancellationToken))
        {
            using (batch)
            {
                for (int row = 0; row < batch.Rows; row++)
                {
                    long offset = batch.Offsets[row];
                    Assert.Equal((offset % 2, offset % 2, -1f, offset), (batch.Labels[row], batch.Get<long>("Key.id")[row], batch.Features[row, 0], batch.Features[row, 1]));
                }
            }
        }

        await using KafkaDataset named = await OpenAsync(new Options { Features = ["x", "key.ID"], IgnoreCase = true }, records);
        Assert.Equal(["x", "Key.id"], named.Features);
        Assert.Equal(new[] { 1f, 1f }, named.ToDataView(new MLContext()).Read("Features")[1][0]);
    }

    [Fact]
    public async Task A_schema_of_no_record_is_the_one_column_Key()
    {
        foreach ((RecordFormat format, byte[] key, object expected) in ((RecordFormat, byte[], object)[])
            [
                (RecordFormat.Avro("\"string\""), [4, (byte)'a', (byte)'b'], "ab"),
                (RecordFormat.Avro("""{"type":"array","items":"long"}"""), [2, 8, 0], new[] { 4L }),
                (RecordFormat.Json("""{"type":"integer"}"""), "41"u8.ToArray(), 41L),
                (RecordFormat.Json("""{"type":"string"}"""), "\"text\""u8.ToArray(), "text"),
            ])
        {
            await using KafkaDataset dataset = await OpenAsync(new Options { Key = format }, Of(0, key));
            Assert.Equal(["Key", "x"], dataset.Schema.Columns.Select(c => c.Name));
            Assert.Equal(expected, dataset.ToDataView(new MLContext()).Read("Key")[0][0]);
        }

        await using KafkaDataset nullable = await OpenAsync(new Options { Key = RecordFormat.Json("""{"type":["null","integer"]}""") }, Of(0, "null"u8.ToArray()), Of(1, "5"u8.ToArray()), Of(2, null));
        Assert.Equal([[double.NaN], [5.0], [double.NaN]], nullable.ToDataView(new MLContext()).Read("Key"));
        await using KafkaDataset union = await OpenAsync(new Options { Key = RecordFormat.Avro("""["null","string","long"]""") }, Of(0, [4, 12]), Of(1, [2, 2, (byte)'a']), Of(2, [0]));
        Assert.Equal([["", 6.0, 0f], ["a", double.NaN, 1f], ["", double.NaN, 2f]], union.ToDataView(new MLContext()).Read("Key.string", "Key.long", "x"));
    }

    [Fact]
    public async Task Bare_formats_are_read()
    {
        byte[] message = [8, 5];
        var set = new Google.Protobuf.Reflection.FileDescriptorProto { Name = "k.proto", MessageType = { new Google.Protobuf.Reflection.DescriptorProto { Name = "K", Field = { new Google.Protobuf.Reflection.FieldDescriptorProto { Name = "id", Number = 1, Type = Google.Protobuf.Reflection.FieldDescriptorProto.Types.Type.Int32, Label = Google.Protobuf.Reflection.FieldDescriptorProto.Types.Label.Optional } } } } };
        byte[] descriptor = Google.Protobuf.MessageExtensions.ToByteArray(new Google.Protobuf.Reflection.FileDescriptorSet { File = { set } });
        foreach ((RecordFormat format, byte[] key, string column, object expected) in ((RecordFormat, byte[], string, object)[])
            [
                (RecordFormat.Avro(K1), Encode(K1, 9L), "Key.id", 9L),
                (RecordFormat.Json("""{"type":"object","required":["a"],"properties":{"a":{"type":"object","required":["b"],"properties":{"b":{"type":"number"}}}}}"""), """{"a":{"b":1.5}}"""u8.ToArray(), "Key.a.b", 1.5),
                (RecordFormat.Json([new DatasetColumn("a.b", ColumnType.Int32)]), """{"a":{"b":15}}"""u8.ToArray(), "Key.a.b", 15),
                (RecordFormat.Json("""{"type":"object","additionalProperties":{"type":"number"}}"""), """{"k":2,"l":3}"""u8.ToArray(), "Key.k", 2.0),
                (RecordFormat.Avro("""{"type":"map","values":"float"}"""), [2, 2, (byte)'k', .. BitConverter.GetBytes(2.5f), 0], "Key.k", 2.5f),
                (RecordFormat.Csv(["a", "b"]), "1,2"u8.ToArray(), "Key.b", 2f),
                (RecordFormat.Float32(["a"]), BitConverter.GetBytes(3f), "Key.a", 3f),
                (RecordFormat.Float32(1), BitConverter.GetBytes(3f), "Key.Values", new[] { 3f }),
                (RecordFormat.Protobuf(descriptor, "K"), message, "Key.id", 5.0),
            ])
        {
            await using KafkaDataset dataset = await OpenAsync(new Options { Key = format, ExtraColumns = column == "Key.k" ? ["Key.k"] : [] }, Of(0, key));
            Assert.Equal([[expected, 0f]], dataset.ToDataView(new MLContext()).Read(column, "x"));
        }
    }

    /// <summary>The columns of the value's own root must not be touched by those of the key, which are written before.</summary>
    [Fact]
    public async Task A_value_that_is_null_leaves_the_key_alone()
    {
        string optional = $"""["null",{ValueSchema}]""";
        FakeRecord[] records = [new(0, [0]) { Key = Encode(K1, 5L) }];
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, records)).OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = RecordFormat.Avro(optional), KeyFormat = RecordFormat.Avro(K1), Features = ["Key.id"] });
        string column = dataset.Schema.Columns.Single(c => !c.Name.StartsWith("Key", StringComparison.Ordinal)).Name;
        Assert.Equal([[5L, float.NaN, new[] { 5f }]], dataset.ToDataView(new MLContext()).Read("Key.id", column, "Features"));
    }

    [Fact]
    public async Task A_null_key_is_missing_where_the_columns_can_be()
    {
        string schema = Record("""{"name":"s","type":"string"},{"name":"n","type":["null","int"]},{"name":"f","type":"float"},{"name":"l","type":{"type":"array","items":"int"}}""", "K");
        await using KafkaDataset dataset = await OpenAsync(new Options { Key = RecordFormat.Avro(schema), Features = ["Key.f", "x"] }, Of(0, null), Of(1, [0, 2, 6, .. BitConverter.GetBytes(2f), 2, 2, 0]));
        Assert.Equal(
            [["", double.NaN, float.NaN, Array.Empty<int>(), new[] { float.NaN, 0f }], ["", 3.0, 2f, new[] { 1 }, new[] { 2f, 1f }]],
            dataset.ToDataView(new MLContext()).Read("Key.s", "Key.n", "Key.f", "Key.l", "Features"));
    }

    [Fact]
    public async Task Else_it_is_a_bad_record_where_the_columns_are_read()
    {
        await using KafkaDataset dataset = await OpenAsync(new Options { Label = LabelColumn.Binary("x") }, Of(0, Framed(_key1, Encode(K1, 1L))), Of(1, null));
        Assert.All((string[][])[[], ["x"], ["Label"]], columns => Assert.Equal(2, dataset.ToDataView(new MLContext()).Read(columns).Count));
        Assert.All((string[][])[["Key.part.n"], ["x", "Key.part.n"]], columns =>
        {
            RecordDecodingException e = Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read(columns));
            Assert.Equal((1L, "Key.part.n", null), (e.Offset, e.Field, e.SchemaId));
            Assert.StartsWith("The key of the record at topic 't', partition 0, offset 1 cannot be decoded", e.Message);
            Assert.Contains("the key is null", e.Message);
        });
    }

    [Fact]
    public async Task Bad_keys_say_where_and_are_left_out()
    {
        (byte[] Key, string? Field, int? Schema, string Part)[] bad =
        [
            ([], null, null, "the key has 0 bytes"),
            ([5, 0, 0, 0, 1, 2], null, null, "the key begins with the byte 0x05"),
            (Framed(_key1, []), "Key.id", _key1, "ends after 0 bytes"),
            (Framed(_key1, [2, 2]), null, _key1, "1 bytes are left"),
            (Framed(77, [2]), null, 77, "40403"),
            (Framed(_value, [2]), null, _value, "Keys with the schema of id"),
        ];
        FakeRecord good = Of(0, Framed(_key1, Encode(K1, 1L)));
        foreach ((byte[] key, string? field, int? schema, string part) in bad)
        {
            await using KafkaDataset dataset = await OpenAsync(new Options(), good, Of(1, key));
            Assert.All((string[])["x", "Key.id"], column =>
            {
                RecordDecodingException e = Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read(column));
                Assert.Equal((1L, field, schema), (e.Offset, e.Field, e.SchemaId));
                Assert.Contains(part, e.Message);
                Assert.DoesNotContain("value", e.Message);
            });
        }

        FakeRecord[] mixed = [.. Enumerable.Range(0, 2000).Select(i => Of(i, i % 3 == 0 ? good.Key : bad[i % bad.Length].Key)), new(2000, Framed(_value, [])) { Key = good.Key }];
        await using KafkaDataset skipping = await OpenAsync(new Options { OnBad = BadRecordPolicy.Skip }, mixed);
        Assert.Equal(Enumerable.Range(0, 667).Select(i => (object[])[i * 3f, 1L]), skipping.ToDataView(new MLContext()).Read("x", "Key.id"));
        Assert.Equal(2001 - 667, skipping.SkippedRecords);
    }

    [Fact]
    public async Task A_broken_header_of_the_key_is_named()
    {
        await using KafkaDataset dataset = await OpenAsync(new Options(), Of(0, Encode(K1, 1L)) with { Headers = [("__key_schema_id", [1, 2])] });
        Assert.Contains("__key_schema_id", Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read("x")).Message);
    }

    [Fact]
    public async Task Without_a_subject_the_first_record_tells_value_and_key_at_once()
    {
        var registry = MemoryRegistry.Create();
        int value = registry.Add("v", ValueSchema);
        int key = registry.Add("k", K1);
        FakeRecord[] records = [new(0, Framed(value, BitConverter.GetBytes(1f))) { Key = Framed(key, Encode(K1, 3L)) }];
        var engine = new FakeEngine(FakePartition.Of(0, records));
        var options = new KafkaDatasetOptions { BootstrapServers = "fake:1", SchemaRegistry = registry.Client, KeyFormat = RecordFormat.Registry };
        await using KafkaDataset dataset = await engine.OpenAsync(options);
        Assert.Single(engine.Sources);
        Assert.Equal([[3L, 1f]], dataset.ToDataView(new MLContext()).Read("Key.id", "x"));
        SchemaException e = await Assert.ThrowsAsync<SchemaException>(() => new FakeEngine(FakePartition.Of(0, [records[0] with { Key = null }])).OpenAsync(options));
        Assert.Equal(40401, e.ErrorCode);
        Assert.Contains("'t-key'", e.Message);
        await using KafkaDataset chosen = await OpenAsync(new Options { Key = RecordFormat.RegistrySubject("t-key", 1) }, Of(0, Framed(_key1, Encode(K1, 3L))));
        Assert.Equal(["Key.id", "x"], chosen.Schema.Columns.Select(c => c.Name));
    }

    [Fact]
    public async Task Names_that_clash_are_told_at_opening()
    {
        string twice = Record("""{"name":"Key","type":{"type":"record","name":"I","fields":[{"name":"id","type":"int"}]}}""");
        SchemaException schema = await Assert.ThrowsAsync<SchemaException>(() => new FakeEngine(FakePartition.Of(0, (FakeRecord[])[])).OpenAsync(
            new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = RecordFormat.Avro(twice), KeyFormat = RecordFormat.Avro(K1) }));
        Assert.Equal("Key.id", schema.Field);
        Assert.Contains("RecordColumns", schema.Message);
        InvalidOptionsException options = await Assert.ThrowsAsync<InvalidOptionsException>(() => OpenAsync(new Options { Key = RecordFormat.Avro("\"string\""), Columns = [RecordColumn.Key()] }));
        Assert.Contains("RecordColumn.Key(\"RawKey\")", Assert.Single(options.Faults));
        await using KafkaDataset both = await OpenAsync(new Options { Key = RecordFormat.Avro("\"string\""), Columns = [RecordColumn.Key("RawKey")] }, Of(0, [2, (byte)'a']));
        Assert.Equal([["a", "\u0002a"]], both.ToDataView(new MLContext()).Read("Key", "RawKey"));
    }

    [Fact]
    public void Options_that_cannot_be_are_told()
    {
        Assert.Contains("SchemaRegistry is null", Fault(new() { BootstrapServers = "b:1", Format = RecordFormat.Avro(K1), KeyFormat = RecordFormat.Registry }));
        Assert.Contains("KeyFormat: no column is declared", Fault(new() { BootstrapServers = "b:1", Format = RecordFormat.Avro(K1), KeyFormat = RecordFormat.Csv((string[])[]) }));
        Assert.Contains("Format CSV has a column that is the key", Fault(new() { BootstrapServers = "b:1", Format = RecordFormat.Csv(["a"], "k"), KeyFormat = RecordFormat.Avro(K1) }));
        Assert.Contains("CSV itself has a column", Fault(new() { BootstrapServers = "b:1", Format = RecordFormat.Avro(K1), KeyFormat = RecordFormat.Csv(["a"], "k") }));

        static string Fault(KafkaDatasetOptions options) => Assert.Single(Assert.Throws<InvalidOptionsException>(() => options.Validate("t")).Faults);
    }

    private static readonly byte[][] Xs = [.. Enumerable.Range(0, 3000).Select(i => BitConverter.GetBytes((float)i))];

    private FakeRecord Of(long offset, byte[]? key) => new(offset, Framed(_value, Xs[offset])) { Key = key };

    private Task<KafkaDataset> OpenAsync(Options options, params FakeRecord[] records) => new FakeEngine(FakePartition.Of(0, records)).OpenAsync(new KafkaDatasetOptions
    {
        BootstrapServers = "fake:1",
        SchemaRegistry = _registry.Client,
        KeyFormat = options.Key,
        Label = options.Label,
        Features = options.Features,
        ExtraColumns = options.ExtraColumns,
        RecordColumns = options.Columns,
        ColumnNameCaseInsensitive = options.IgnoreCase,
        OnBadRecord = options.OnBad,
    });

    private sealed record Options
    {
        public RecordFormat Key { get; init; } = RecordFormat.Registry;

        public LabelColumn? Label { get; init; }

        public string[]? Features { get; init; }

        public string[] ExtraColumns { get; init; } = [];

        public RecordColumn[] Columns { get; init; } = [];

        public bool IgnoreCase { get; init; }

        public BadRecordPolicy OnBad { get; init; }
    }
}
