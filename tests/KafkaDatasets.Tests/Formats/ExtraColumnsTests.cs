using System.Text;
using Confluent.SchemaRegistry;
using KafkaDatasets.Tests.Fetching;
using KafkaDatasets.Tests.Schemas;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.Tests.Formats;

/// <summary>Keys of maps are columns where they are asked for. Avro's maps are in AvroTypesTests.</summary>
public sealed class ExtraColumnsTests
{
    private const string Json = """
        {"type":"object","required":["id"],"properties":{
          "id":{"type":"integer"},
          "extra":{"type":"object","additionalProperties":{"type":"number"}},
          "tyres":{"type":"object","additionalProperties":{"$ref":"#/definitions/Tyre"}},
          "fixed":{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":{"type":["null","integer"]}},
          "any":{"type":"object"}},
         "definitions":{"Tyre":{"type":"object","properties":{"pressure":{"type":"number"}}}}}
        """;

    private const string Protobuf = """
        syntax = "proto3";
        package cars;
        message Car {
          enum State { UNKNOWN = 0; OK = 1; }
          message Tyre { float pressure = 1; repeated int32 history = 2; }
          message Lap { map<string, int64> times = 1; }
          map<string, double> extra = 1;
          map<string, Tyre> tyres = 2;
          map<string, State> states = 3;
          repeated Lap laps = 4;
          map<int32, int32> numbered = 5;
        }
        """;

    [Fact]
    public async Task Of_a_JSON_object()
    {
        string[] columns = ["id", "extra.k", "extra.dotted.key", "tyres.left.pressure", "fixed.a", "fixed.b"];
        await using KafkaDataset dataset = await OpenAsync(
            new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = RecordFormat.Json(Json), ExtraColumns = ["extra.k", "extra.dotted.key", "fixed.b"], Features = ["tyres.left.pressure"] },
            """{"id":1,"extra":{"other":"skipped","k":0.1,"dotted.key":2},"tyres":{"right":{"pressure":3},"left":{"pressure":4}},"fixed":{"b":5,"a":"six"},"any":{"k":7}}""",
            """{"id":2,"extra":{},"tyres":{"left":{}}}""",
            """{"id":3,"extra":{"k":1,"k":2},"fixed":{"b":null}}""");
        Assert.Equal(columns, dataset.Schema.Columns.Select(c => c.Name));
        Assert.Equal(
            [[1L, 0.1, 2.0, 4.0, "six", 5.0], [2L, double.NaN, double.NaN, double.NaN, "", double.NaN], [3L, 2.0, double.NaN, double.NaN, "", double.NaN]],
            dataset.ToDataView(new MLContext()).Read(columns));
        await using KafkaDataset bad = await OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = RecordFormat.Json(Json), ExtraColumns = ["extra.k"] }, """{"id":1,"extra":{"k":"text"}}""");
        Assert.Equal("extra.k", Assert.Throws<RecordDecodingException>(() => bad.ToDataView(new MLContext()).Read("id", "extra.k")).Field);
    }

    [Fact]
    public async Task Of_a_JSON_text_that_is_a_map()
    {
        await using KafkaDataset dataset = await OpenAsync(
            new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = RecordFormat.Json("""{"type":"object","additionalProperties":{"type":"number"}}"""), Label = LabelColumn.Binary("y"), Features = ["x"] },
            """{"x":1.5,"y":1}""");
        Assert.Equal([[true, new[] { 1.5f }]], dataset.ToDataView(new MLContext()).Read("Label", "Features"));
    }

    [Fact]
    public async Task Of_a_Protobuf_map()
    {
        byte[] full =
        [
            0x0a, 12, 10, 1, (byte)'k', 0x11, .. BitConverter.GetBytes(1.5), // extra
            0x0a, 12, 10, 1, (byte)'z', 0x11, .. BitConverter.GetBytes(9.5), // a key that nobody asks for
            0x0a, 3, 10, 1, (byte)'d', // a key without its value, which is the default
            0x12, 13, 10, 1, (byte)'l', 0x12, 8, 0x0d, .. BitConverter.GetBytes(4f), 0x12, 1, 5, // tyres
            0x0a, 12, 0x11, .. BitConverter.GetBytes(2.5), 10, 1, (byte)'k', // the key again, behind its value
            0x12, 9, 10, 1, (byte)'l', 0x12, 4, 0x12, 2, 6, 7, // another tyre in the place of the first
            0x1a, 5, 10, 1, (byte)'s', 0x10, 1, // states
            0x22, 7, 0x0a, 5, 10, 1, (byte)'t', 0x10, 3, // laps
            0x22, 0,
        ];
        string[] columns = ["extra.k", "extra.d", "tyres.l.pressure", "tyres.l.history", "states.s", "laps.times.t"];
        var options = new KafkaDatasetOptions { BootstrapServers = "fake:1", SchemaRegistry = Registry(out byte[] framing), ExtraColumns = ["extra.k", "extra.d", "tyres.l", "states.s", "laps.times.t"] };
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, [[.. framing, .. full], framing])).OpenAsync(options);
        Assert.Equal(columns, dataset.Schema.Columns.Select(c => c.Name));
        Assert.Equal(
            [[2.5, 0.0, 0f, new[] { 6, 7 }, 2u, new[] { 3.0, double.NaN }], [double.NaN, double.NaN, float.NaN, Array.Empty<int>(), 0u, Array.Empty<double>()]],
            dataset.ToDataView(new MLContext()).Read(columns));
        foreach ((byte[] bad, string part) in ((byte[], string)[])[([0x0a, 2, 8, 1], "a map's key"), ([0x0a, 5, 10, 1, (byte)'k', 0x10, 1], "wire type"), ([0x0a, 4, 10, 9, (byte)'k', 0], "a length of 9 bytes")])
        {
            await using KafkaDataset broken = await new FakeEngine(FakePartition.Of(0, [[.. framing, .. bad]])).OpenAsync(options);
            RecordDecodingException e = Assert.Throws<RecordDecodingException>(() => broken.ToDataView(new MLContext()).Read(columns));
            Assert.Contains(part, e.Message);
            Assert.StartsWith("extra", e.Field);
            Assert.Single(broken.ToDataView(new MLContext()).Read("states.s")); // the broken entry lies within its length
        }
    }

    [Fact]
    public async Task A_map_without_a_key_that_is_named_says_how()
    {
        await using KafkaDataset json = await OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = RecordFormat.Json(Json) }, """{"id":1}""");
        Assert.Contains("'extra.key', in KafkaDatasetOptions.ExtraColumns", json.Schema.Unreadable["extra"]);
        Assert.Contains("additionalProperties", json.Schema.Unreadable["any"]);
        await using KafkaDataset protobuf = await new FakeEngine(FakePartition.Of(0, Array.Empty<byte[]>())).OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", SchemaRegistry = Registry(out _) });
        Assert.Contains("'laps.times.key', in KafkaDatasetOptions.ExtraColumns", protobuf.Schema.Unreadable["laps.times"]);
        Assert.Contains("not text", protobuf.Schema.Unreadable["numbered"]);
    }

    [Theory]
    [InlineData("any.k", "additionalProperties")]
    [InlineData("id.k", "no field 'id.k'")]
    [InlineData("extras.k", "no field 'extras.k'")]
    public async Task A_key_of_no_map_is_a_fault(string key, string part) => Assert.Contains(
        part,
        (await Assert.ThrowsAsync<InvalidOptionsException>(() => OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = RecordFormat.Json(Json), ExtraColumns = [key] }))).Message);

    private static ISchemaRegistryClient Registry(out byte[] framing)
    {
        var registry = MemoryRegistry.Create();
        int id = registry.Add("t-value", Protobuf, type: SchemaType.Protobuf);
        framing = [0, 0, 0, (byte)(id >> 8), (byte)id, 0];
        return registry.Client;
    }

    private static Task<KafkaDataset> OpenAsync(KafkaDatasetOptions options, params string[] texts) =>
        new FakeEngine(FakePartition.Of(0, [.. texts.Select(Encoding.UTF8.GetBytes)])).OpenAsync(options);
}
