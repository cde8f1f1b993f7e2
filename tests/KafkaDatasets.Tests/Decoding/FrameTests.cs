using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text;
using Confluent.SchemaRegistry;
using Google.Protobuf.Reflection;
using KafkaDatasets.Formats.Protobuf;
using KafkaDatasets.Schemas;
using KafkaDatasets.Tests.Fetching;
using KafkaDatasets.Tests.Schemas;
using Microsoft.ML;
using Xunit;
using static KafkaDatasets.Tests.Formats.Avro.AvroBytes;

namespace KafkaDatasets.Tests.Decoding;

/// <summary>Frames of AWS Glue, Apicurio and of the caller's own, and the advice where one stands that was not expected.</summary>
public sealed class FrameTests
{
    private const string Proto = """
        syntax = "proto3";
        package shop;
        message Order { message Line { int32 id = 1; float x = 2; } int32 id = 1; float x = 2; }
        message Alone { int32 id = 1; float x = 2; }
        """;

    private const string JsonSchema = """{"type":"object","properties":{"id":{"type":"integer"},"x":{"type":"number"}},"required":["id","x"]}""";

    private static readonly string V1 = Record("""{"name":"id","type":"int"}""");
    private static readonly string V2 = Record("""{"name":"id","type":"int"},{"name":"x","type":"float","default":-1}""");
    private static readonly Guid Guid1 = Guid.Parse("01020304-0506-0708-090a-0b0c0d0e0f10");
    private static readonly Guid Guid2 = Guid.Parse("ffeeddcc-bbaa-9988-7766-554433221100");
    private static readonly byte[] Message = [0x08, 7, 0x15, 0, 0, 0xc0, 0x3f]; // id 7, x 1.5

    [Fact]
    public async Task Glue_reads_both_compressions_and_each_versions_schema()
    {
        var resolver = new Resolver(id => id.Guid == Guid1 ? Avro(V1) : id.Guid == Guid2 ? Avro(V2) : null);
        await using KafkaDataset dataset = await OpenAsync(
            RecordFormat.Resolver(RecordFraming.Glue, resolver, Avro(V2)),
            new(0, Glue(0, Guid1, Encode(V1, 10))),
            new(1, Glue(5, Guid2, Zlib(Encode(V2, 11, 1.5f)))),
            new(2, Glue(5, Guid1, Zlib(Encode(V1, 12)))),
            new(3, Glue(0, Guid2, Encode(V2, 13, 2.5f))));
        Assert.Equal([[10, -1f], [11, 1.5f], [12, -1f], [13, 2.5f]], Rows(dataset));
        Assert.Equal([WriterSchemaId.FromGuid(Guid1), WriterSchemaId.FromGuid(Guid2)], resolver.Asked.Order(Comparer<WriterSchemaId>.Create((a, b) => a.Guid.CompareTo(b.Guid))));
    }

    [Fact]
    public async Task Without_columns_the_first_records_schema_gives_them()
    {
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Resolver(RecordFraming.Glue, new Resolver(_ => Avro(V2))), new FakeRecord(0, Glue(5, Guid2, Zlib(Encode(V2, 1, 2f)))));
        Assert.Equal(["id", "x"], dataset.Schema.Columns.Select(c => c.Name));
        SchemaException e = await Assert.ThrowsAsync<SchemaException>(() => OpenAsync(RecordFormat.Resolver(RecordFraming.Glue, new Resolver(_ => Avro(V2))), new FakeRecord(0, Framed(1, Encode(V2, 1, 2f)))));
        Assert.Contains("'columns'", e.Message);
    }

    [Fact]
    public async Task Glue_reads_JSON_and_Protobuf_whose_message_is_told_by_its_place_in_the_alphabet()
    {
        await using KafkaDataset json = await OpenAsync(RecordFormat.Resolver(RecordFraming.Glue, new Resolver(_ => new(SchemaType.Json, JsonSchema))), new FakeRecord(0, Glue(0, Guid1, """{"id":7,"x":1.5}"""u8.ToArray())));
        Assert.Equal([[7L, 1.5]], Rows(json));

        // shop.Alone 0, shop.Order 1, shop.Order.Line 2
        var resolver = new Resolver(_ => new(SchemaType.Protobuf, Proto));
        await using KafkaDataset nested = await OpenAsync(RecordFormat.Resolver(RecordFraming.Glue, resolver), new FakeRecord(0, Glue(5, Guid1, Zlib([2, .. Message]))));
        Assert.Equal("shop.Order.Line", nested.Schema.Name);
        Assert.Equal([[7, 1.5f]], Rows(nested));
        await using KafkaDataset other = await OpenAsync(RecordFormat.Resolver(RecordFraming.Glue, resolver, message: "shop.Alone"), new(0, Glue(0, Guid1, [0, .. Message])), new(1, Glue(0, Guid1, [1, .. Message])));
        Assert.Equal(1, Assert.Throws<RecordDecodingException>(() => Rows(other)).Offset);
    }

    [Theory]
    [InlineData("03", "1 bytes")]
    [InlineData("04000102030405060708090a0b0c0d0e0f1002", "0x04")]
    [InlineData("03010102030405060708090a0b0c0d0e0f1002", "0x01")]
    [InlineData("03050102030405060708090a0b0c0d0e0f10ffff", "zlib")]
    public async Task Broken_headers_of_Glue_are_bad_records(string hex, string part)
    {
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Avro(V1).FramedBy(RecordFraming.Glue), new(0, Glue(0, Guid1, Encode(V1, 1))), new(1, Convert.FromHexString(hex)));
        RecordDecodingException e = Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read("id"));
        Assert.Equal(1, e.Offset);
        Assert.Contains(part, e.Message);
    }

    [Fact]
    public async Task A_payload_that_inflates_without_bound_is_a_bad_record()
    {
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Avro(V1).FramedBy(RecordFraming.Glue), new FakeRecord(0, Glue(5, Guid1, Zlib(new byte[80 << 20]))));
        Assert.Contains("decompressed", Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read("id")).Message);
    }

    [Fact]
    public async Task Apicurio_reads_ids_of_8_and_4_bytes_and_ids_in_headers()
    {
        var resolver = new Resolver(id => id.Number switch { 1 => Avro(V1), 2 => Avro(V2), _ => null });
        await using KafkaDataset dataset = await OpenAsync(
            RecordFormat.Resolver(RecordFraming.Apicurio, resolver, Avro(V2)),
            new(0, Prefixed8(1, Encode(V1, 10))),
            new(1, Framed(2, Encode(V2, 11, 1.5f))),
            new(2, Encode(V2, 12, 2.5f)) { Headers = [("apicurio.value.contentId", Long(2)), ("apicurio.value.encoding", "BINARY"u8.ToArray())] },
            new(3, Encode(V1, 13)) { Headers = [("apicurio.key.globalId", Long(9)), ("apicurio.value.globalId", Long(1))] });
        Assert.Equal([[10, -1f], [11, 1.5f], [12, 2.5f], [13, -1f]], Rows(dataset));
        Assert.Equal(
            ["content id 1", "content id 2", "global id 1"],
            resolver.Asked.Select(id => id.ToString()).Distinct().Order());

        var global = new Resolver(_ => Avro(V1));
        await using KafkaDataset globals = await OpenAsync(RecordFormat.Resolver(RecordFraming.ApicurioGlobalId, global), new FakeRecord(0, Prefixed8(5_000_000, Encode(V1, 10))));
        Assert.Equal([[10]], globals.ToDataView(new MLContext()).Read("id"));
        Assert.Equal(WriterSchemaId.FromGlobalId(5_000_000), global.Asked.First());
    }

    [Theory]
    [InlineData("apicurio.value.contentId", "0001", "2 bytes")]
    [InlineData("apicurio.value.artifactId", "61", "artifact")]
    public async Task Headers_of_Apicurio_that_name_no_id_are_bad_records(string header, string hex, string part)
    {
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Avro(V1).FramedBy(RecordFraming.Apicurio), new FakeRecord(0, Encode(V1, 1)) { Headers = [(header, Convert.FromHexString(hex))] });
        Assert.Contains(part, Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read("id")).Message);
    }

    [Fact]
    public async Task Avro_in_JSON_encoding_says_so()
    {
        await using KafkaDataset dataset = await OpenAsync(
            RecordFormat.Avro(V1).FramedBy(RecordFraming.Apicurio),
            new FakeRecord(0, """{"id":1}"""u8.ToArray()) { Headers = [("apicurio.value.globalId", Long(1)), ("apicurio.value.encoding", "JSON"u8.ToArray())] });
        Assert.Contains("encoding JSON", Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read("id")).Message);
    }

    [Fact]
    public async Task Apicurios_Protobuf_messages_are_told_by_name()
    {
        byte[] reference = [7, 0x0a, 5, .. "Order"u8];
        var resolver = new Resolver(_ => new(SchemaType.Protobuf, Proto));
        (string, byte[]?)[] headers = [("apicurio.value.contentId", Long(1)), ("apicurio.protobuf.type", "Order"u8.ToArray())];
        await using KafkaDataset dataset = await OpenAsync(
            RecordFormat.Resolver(RecordFraming.Apicurio, resolver),
            new(0, Prefixed8(1, [.. reference, .. Message])),
            new(1, [.. reference, .. Message]) { Headers = headers }, // version 3
            new(2, Message) { Headers = headers }, // version 2
            new(3, Framed(1, [.. reference, .. Message])));
        Assert.Equal("shop.Order", dataset.Schema.Name);
        Assert.Equal([[7, 1.5f], [7, 1.5f], [7, 1.5f], [7, 1.5f]], Rows(dataset));

        await using KafkaDataset mixed = await OpenAsync(RecordFormat.Resolver(RecordFraming.Apicurio, resolver), new(0, Prefixed8(1, [.. reference, .. Message])), new(1, Prefixed8(1, [7, 0x0a, 5, .. "Alone"u8, .. Message])));
        Assert.Contains("another message", Assert.Throws<RecordDecodingException>(() => Rows(mixed)).Message);
    }

    [Fact]
    public async Task Every_format_reads_its_own_schema_behind_every_frame()
    {
        MessageDescriptor order = ProtobufDocuments.Parse(SchemaDocument.OfOptions(SchemaType.Protobuf, Proto)).MessageTypes[0];
        byte[] floats = [0, 0, 0xe0, 0x40, 0, 0, 0xc0, 0x3f]; // 7, 1.5
        (RecordFormat Format, byte[] Payload, byte[] Index, byte[] Sorted, byte[] Name)[] formats =
        [
            (RecordFormat.Avro(V2), Encode(V2, 7, 1.5f), [], [], []),
            (RecordFormat.Json(JsonSchema), """{"id":7,"x":1.5}"""u8.ToArray(), [], [], []),
            (RecordFormat.Json([new DatasetColumn("id", ColumnType.Int32), new DatasetColumn("x", ColumnType.Single)]), """{"id":7,"x":1.5}"""u8.ToArray(), [], [], []),
            (RecordFormat.Protobuf(order), Message, [0], [1], [7, 0x0a, 5, .. "Order"u8]),
            (RecordFormat.Csv(["id", "x"]), "7,1.5"u8.ToArray(), [], [], []),
            (RecordFormat.Float32(["id", "x"]), floats, [], [], []),
        ];
        foreach ((RecordFormat format, byte[] payload, byte[] index, byte[] sorted, byte[] name) in formats)
        {
            FakeRecord[] confluent =
            [
                new(0, Framed(1, [.. index, .. payload])),
                new(1, Framed(70_000, [.. index, .. payload])), // whatever the id
                new(2, payload) { Headers = [("__value_schema_id", [1, .. Guid1.ToByteArray(bigEndian: true), .. index])] },
                new(3, Framed(70_000, [.. index, .. payload])),
            ];
            FakeRecord[] glue = [new(0, Glue(0, Guid1, [.. sorted, .. payload])), new(1, Glue(5, Guid2, Zlib([.. sorted, .. payload])))];
            FakeRecord[] apicurio = [new(0, Prefixed8(1, [.. name, .. payload])), new(1, [.. name, .. payload]) { Headers = [("apicurio.value.globalId", Long(3))] }];
            foreach ((RecordFraming framing, FakeRecord[] records) in new[] { (RecordFraming.Confluent, confluent), (RecordFraming.Glue, glue), (RecordFraming.Apicurio, apicurio) })
            {
                await using KafkaDataset values = await OpenAsync(format.FramedBy(framing), records);
                Assert.All(Rows(values), row => Assert.Equal([7d, 1.5], row.Select(Convert.ToDouble)));
                Assert.Equal(records.Length, Rows(values).Count);
                await foreach (TensorBatch batch in values.ReadBatchesAsync(new BatchOptions { BatchSize = 100 }, TestContext.Current.CancellationToken))
                {
                    Assert.Equal(records.Length, batch.Rows);
                    Assert.All(Enumerable.Range(0, batch.Rows), row => Assert.Equal((7f, 1.5f), (batch.Features[row, 0], batch.Features[row, 1])));
                }

                FakeRecord[] keys = [.. records.Select(r => r with { Key = r.Value, Value = "1"u8.ToArray(), Headers = [.. r.Headers.Select(h => (h.Key.Replace("value", "key"), h.Value))] })];
                await using KafkaDataset byKey = await new FakeEngine(FakePartition.Of(0, keys)).OpenAsync(
                    new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = RecordFormat.Csv(["v"]), KeyFormat = format.FramedBy(framing) });
                Assert.All(byKey.ToDataView(new MLContext()).Read("Key.id", "Key.x"), row => Assert.Equal([7d, 1.5], row.Select(Convert.ToDouble)));
            }
        }
    }

    [Fact]
    public async Task Protobuf_behind_a_frame_refuses_another_message_of_the_schema()
    {
        MessageDescriptor alone = ProtobufDocuments.Parse(SchemaDocument.OfOptions(SchemaType.Protobuf, Proto)).MessageTypes[1];
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Protobuf(alone).FramedBy(RecordFraming.Confluent), new(0, Framed(1, [2, 2, .. Message])), new(1, Framed(1, [0, .. Message])));
        Assert.Equal(1, Assert.Throws<RecordDecodingException>(() => Rows(dataset)).Offset);
    }

    [Fact]
    public async Task The_registry_is_asked_for_the_ids_of_another_frame()
    {
        MemoryRegistry registry = MemoryRegistry.Create();
        int id = registry.Add("t-value", V2);
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, new[] { new FakeRecord(0, Prefixed8(id, Encode(V2, 1, 2f))) })).OpenAsync(
            new KafkaDatasetOptions { BootstrapServers = "fake:1", SchemaRegistry = registry.Client, Format = RecordFormat.Registry.FramedBy(RecordFraming.Apicurio) });
        Assert.Equal([[1, 2f]], Rows(dataset));
    }

    [Fact]
    public async Task A_frame_of_the_callers_own_is_read()
    {
        var resolver = new Resolver(_ => Avro(V1));
        await using KafkaDataset dataset = await OpenAsync(
            RecordFormat.Resolver(new HeaderFraming(), resolver),
            new(0, Encode(V1, 1)) { Headers = [("schema", [42])] },
            new(1, Encode(V1, 2)));
        RecordDecodingException e = Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read("id"));
        Assert.Equal(1, e.Offset);
        Assert.Contains("no header 'schema'", e.Message);
        Assert.Equal(WriterSchemaId.FromId(42), resolver.Asked.First());
    }

    [Fact]
    public async Task A_resolver_that_fails_is_named_and_one_that_knows_no_schema_makes_a_bad_record()
    {
        SchemaException e = await Assert.ThrowsAsync<SchemaException>(() => OpenAsync(RecordFormat.Resolver(RecordFraming.Glue, new Resolver(_ => throw new IOException("no route."))), new FakeRecord(0, Glue(0, Guid1, [2]))));
        Assert.Contains("Resolver failed", e.Message);
        Assert.EndsWith("no route.", e.Message);

        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Resolver(RecordFraming.Glue, new Resolver(id => id.Guid == Guid1 ? Avro(V1) : null)), new(0, Glue(0, Guid1, Encode(V1, 1))), new(1, Glue(0, Guid2, Encode(V1, 1))));
        RecordDecodingException bad = Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read("id"));
        Assert.Equal(1, bad.Offset);
        Assert.Contains(Guid2.ToString(), bad.Message);
    }

    public static TheoryData<string, string, string> Surprises => new()
    {
        { "bare avro", "00000000070e", "RecordFraming.Confluent" },
        { "bare json", "00000000077b7d", "RecordFraming.Confluent" },
        { "bare protobuf", "0000000007000807", "RecordFraming.Confluent" },
        { "bare floats", "00000000070000e0400000c03f", "RecordFraming.Confluent" },
        { "bare avro", "03000102030405060708090a0b0c0d0e0f100e", "RecordFraming.Glue" },
        { "bare avro", "0000000000000000090e", "RecordFraming.Apicurio" },
        { "registry", "03000102030405060708090a0b0c0d0e0f100e", "RecordFraming.Glue" },
        { "registry", "0000000000000000090e", "RecordFraming.Apicurio" },
    };

    [Theory]
    [MemberData(nameof(Surprises))]
    public async Task A_frame_that_was_not_expected_is_recognised_and_the_cure_named(string reading, string hex, string cure)
    {
        MemoryRegistry registry = MemoryRegistry.Create();
        registry.Add("t-value", V1);
        registry.Add("t-key", V1);
        RecordFormat format = reading switch
        {
            "bare avro" => RecordFormat.Avro(V1),
            "bare json" => RecordFormat.Json(JsonSchema),
            "bare protobuf" => RecordFormat.Protobuf(ProtobufDocuments.Parse(SchemaDocument.OfOptions(SchemaType.Protobuf, Proto)).MessageTypes[0]),
            "bare floats" => RecordFormat.Float32(["id", "x"]),
            _ => RecordFormat.Registry,
        };
        byte[] bytes = Convert.FromHexString(hex);
        await using KafkaDataset values = await new FakeEngine(FakePartition.Of(0, new[] { new FakeRecord(0, bytes) })).OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", SchemaRegistry = registry.Client, Format = format });
        RecordDecodingException e = Assert.Throws<RecordDecodingException>(() => values.ToDataView(new MLContext()).Read("id"));
        Assert.Contains(cure, e.Message);
        Assert.EndsWith(".", e.Message);
        Assert.DoesNotContain("..", e.Message);

        await using KafkaDataset keys = await new FakeEngine(FakePartition.Of(0, new[] { new FakeRecord(0, "1"u8.ToArray()) { Key = bytes } })).OpenAsync(
            new KafkaDatasetOptions { BootstrapServers = "fake:1", SchemaRegistry = registry.Client, Format = RecordFormat.Csv(["v"]), KeyFormat = format });
        e = Assert.Throws<RecordDecodingException>(() => keys.ToDataView(new MLContext()).Read("Key.id"));
        Assert.Contains(cure, e.Message);
        Assert.Contains("The key begins", e.Message);
    }

    [Fact]
    public async Task Bad_bytes_that_look_like_no_frame_get_no_such_advice()
    {
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Avro(V1), new FakeRecord(0, [0x80]));
        Assert.DoesNotContain("begins like", Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read("id")).Message);
    }

    [Fact]
    public void A_saved_format_keeps_its_frame_unless_the_frame_is_code()
    {
        foreach (RecordFraming framing in new[] { RecordFraming.Confluent, RecordFraming.Glue, RecordFraming.Apicurio, RecordFraming.ApicurioGlobalId })
        {
            Assert.Same(framing, RecordFormat.Avro(V1).FramedBy(framing).Description!.Create().Framing);
            Assert.Same(framing, RecordFormat.Registry.FramedBy(framing).Description!.Create().Framing);
        }

        Assert.Null(RecordFormat.Avro(V1).FramedBy(new HeaderFraming()).Description);
        Assert.Null(RecordFormat.Resolver(RecordFraming.Glue, new Resolver(_ => null)).Description);
    }

    private static List<object[]> Rows(KafkaDataset dataset) => dataset.ToDataView(new MLContext()).Read("id", "x");

    private static ResolvedSchema Avro(string schema) => new(SchemaType.Avro, schema);

    private static byte[] Glue(byte compression, Guid version, byte[] payload) => [3, compression, .. version.ToByteArray(bigEndian: true), .. payload];

    private static byte[] Prefixed8(long id, byte[] payload) => [0, .. Long(id), .. payload];

    private static byte[] Long(long value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] Zlib(byte[] bytes)
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Fastest))
        {
            zlib.Write(bytes);
        }

        return compressed.ToArray();
    }

    private static Task<KafkaDataset> OpenAsync(RecordFormat format, params FakeRecord[] records) =>
        new FakeEngine(FakePartition.Of(0, records)).OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = format, PrefetchBytes = 128L << 20 });

    private sealed class Resolver(Func<WriterSchemaId, ResolvedSchema?> find) : ISchemaResolver
    {
        public ConcurrentQueue<WriterSchemaId> Asked { get; } = [];

        public ValueTask<ResolvedSchema?> ResolveAsync(WriterSchemaId id, CancellationToken cancellationToken)
        {
            Asked.Enqueue(id);
            return ValueTask.FromResult(find(id));
        }
    }

    private sealed class HeaderFraming : RecordFraming
    {
        public override RecordFrame Read(FramedBytes record) =>
            record.TryGetHeader(Encoding.UTF8.GetBytes("schema"), out ReadOnlySpan<byte> id) ? new(WriterSchemaId.FromId(id[0]), record.Bytes) : throw new FormatException("there is no header 'schema'");
    }
}
