using System.Buffers.Binary;
using System.Net.Http.Json;
using System.Text.Json;
using Avro.Generic;
using Avro.IO;
using Confluent.Kafka;
using Confluent.SchemaRegistry;
using KafkaDatasets.IntegrationTests.Cluster;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Decoding;

/// <summary>Records in Apicurio's frames, whose schemas a real Apicurio Registry holds, by its own API.</summary>
public sealed class ApicurioTests(SharedKafka shared)
{
    private const string Point = """{"type":"record","name":"Point","namespace":"shapes","fields":[{"name":"x","type":"float"}]}""";
    private const string Circle = """{"type":"record","name":"Circle","namespace":"shapes","fields":[{"name":"centre","type":"shapes.Point"},{"name":"r","type":"float"}]}""";
    private const string Whole = """{"type":"record","name":"Circle","namespace":"shapes","fields":[{"name":"centre","type":{"type":"record","name":"Point","fields":[{"name":"x","type":"float"}]}},{"name":"r","type":"float"}]}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(FetchEngine.Direct)]
    [InlineData(FetchEngine.Consumer)]
    public async Task Ids_before_values_and_in_headers_find_their_schemas_and_what_these_refer_to(FetchEngine engine)
    {
        using HttpClient http = await ConnectAsync();
        string prefix = $"kafkadatasets-test-{Guid.NewGuid():N}";
        await AddAsync(http, $"{prefix}-point", "AVRO", Point);
        (long globalId, long contentId) = await AddAsync(http, $"{prefix}-circle", "AVRO", Circle, ("shapes.Point", $"{prefix}-point"));

        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        kafka.CreateTopic("circles", 1);
        Produce(kafka, [.. Prefix8(contentId), .. Encode(1, 10)]);
        Produce(kafka, [0, .. BitConverter.GetBytes(BinaryPrimitives.ReverseEndianness((int)contentId)), .. Encode(2, 20)]);
        Produce(kafka, Encode(3, 30), ("apicurio.value.contentId", Long(contentId)), ("apicurio.value.encoding", "BINARY"u8.ToArray()));
        Produce(kafka, Encode(4, 40), ("apicurio.value.globalId", Long(globalId)));
        await using KafkaDataset dataset = await KafkaDataset.OpenAsync(
            "circles",
            new KafkaDatasetOptions { BootstrapServers = kafka.BootstrapServers, Engine = engine, Format = RecordFormat.Resolver(RecordFraming.Apicurio, new ApicurioSchemaResolver(http)) },
            Token);
        Assert.Equal([[1f, 10f], [2f, 20f], [3f, 30f], [4f, 40f]], dataset.ToDataView(new MLContext()).Read("centre.x", "r"));
    }

    [Theory]
    [InlineData("AVRO", SchemaType.Avro, Point)]
    [InlineData("JSON", SchemaType.Json, """{"type":"object","properties":{"x":{"type":"number"}}}""")]
    [InlineData("PROTOBUF", SchemaType.Protobuf, "syntax = \"proto3\";\nmessage Point { float x = 1; }\n")]
    public async Task Every_language_is_told_by_either_id(string artifactType, SchemaType type, string schema)
    {
        using HttpClient http = await ConnectAsync();
        (long globalId, long contentId) = await AddAsync(http, $"kafkadatasets-test-{Guid.NewGuid():N}", artifactType, schema);
        var resolver = new ApicurioSchemaResolver(http);
        foreach (WriterSchemaId id in new[] { WriterSchemaId.FromGlobalId(globalId), WriterSchemaId.FromContentId(contentId) })
        {
            ResolvedSchema? found = await resolver.ResolveAsync(id, Token);
            Assert.Equal((type, schema), (found!.Type, found.Text));
            Assert.Empty(found.References);
        }

        Assert.Null(await resolver.ResolveAsync(WriterSchemaId.FromGlobalId(1_000_000_000), Token));
    }

    [Fact]
    public async Task A_wrong_path_is_told_with_its_address_and_its_status()
    {
        string url = (await shared.SchemaRegistryUrlAsync()).Replace("/apis/ccompat/v7", "", StringComparison.Ordinal);
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = url });
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        kafka.CreateTopic("t", 1);
        SchemaException e = await Assert.ThrowsAsync<SchemaException>(() => KafkaDataset.OpenAsync("t", new KafkaDatasetOptions { BootstrapServers = kafka.BootstrapServers, SchemaRegistry = registry }, Token));
        Assert.Contains(url, e.Message);
        Assert.Contains("path", e.Message);
        SchemaException written = await Assert.ThrowsAsync<SchemaException>(() => KafkaRecordWriter<Row>.OpenAsync("t", new KafkaWriterOptions { BootstrapServers = kafka.BootstrapServers, SchemaRegistry = registry }, Token));
        Assert.Contains(url, written.Message);
        Assert.Contains("path", written.Message);
    }

    private async Task<HttpClient> ConnectAsync() =>
        new() { BaseAddress = new Uri((await shared.SchemaRegistryUrlAsync()).Replace("/apis/ccompat/v7", "/apis/registry/v3/", StringComparison.Ordinal)) };

    private static async Task<(long GlobalId, long ContentId)> AddAsync(HttpClient http, string artifact, string type, string schema, params (string Name, string Artifact)[] references)
    {
        var body = new
        {
            artifactId = artifact,
            artifactType = type,
            firstVersion = new
            {
                version = "1",
                content = new
                {
                    content = schema,
                    contentType = type == "PROTOBUF" ? "application/x-protobuf" : "application/json",
                    references = references.Select(r => new { groupId = "default", artifactId = r.Artifact, version = "1", name = r.Name }),
                },
            },
        };
        using HttpResponseMessage response = await http.PostAsJsonAsync("groups/default/artifacts", body, Token);
        JsonElement created = await response.Content.ReadFromJsonAsync<JsonElement>(Token);
        Assert.True(response.IsSuccessStatusCode, created.ToString());
        JsonElement version = created.GetProperty("version");
        return (version.GetProperty("globalId").GetInt64(), version.GetProperty("contentId").GetInt64());
    }

    private static byte[] Encode(float x, float r)
    {
        var schema = (Avro.RecordSchema)Avro.Schema.Parse(Whole);
        var centre = new GenericRecord((Avro.RecordSchema)schema["centre"].Schema);
        centre.Add("x", x);
        var circle = new GenericRecord(schema);
        circle.Add("centre", centre);
        circle.Add("r", r);
        using var bytes = new MemoryStream();
        new GenericDatumWriter<GenericRecord>(schema).Write(circle, new BinaryEncoder(bytes));
        return bytes.ToArray();
    }

    private static byte[] Prefix8(long id) => [0, .. Long(id)];

    private static byte[] Long(long value) => BitConverter.GetBytes(BinaryPrimitives.ReverseEndianness(value));

    private static void Produce(EmbeddedKafka kafka, byte[] value, params (string Name, byte[] Value)[] headers)
    {
        using IProducer<Null, byte[]> producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = kafka.BootstrapServers }).SetLogHandler((_, _) => { }).Build();
        var message = new Message<Null, byte[]> { Value = value, Headers = [] };
        foreach ((string name, byte[] bytes) in headers)
        {
            message.Headers.Add(name, bytes);
        }

        producer.Produce("circles", message);
        Assert.Equal(0, producer.Flush(TimeSpan.FromSeconds(30)));
    }

    private sealed record Row(float X);
}
