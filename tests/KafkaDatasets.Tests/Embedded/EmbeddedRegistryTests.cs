using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Avro;
using Avro.Generic;
using Confluent.Kafka;
using Confluent.SchemaRegistry;
using Confluent.SchemaRegistry.Serdes;
using Xunit;

namespace KafkaDatasets.Tests.Embedded;

public sealed class EmbeddedRegistryTests : IDisposable
{
    private const string Point = """{"type":"record","name":"Point","namespace":"shapes","fields":[{"name":"x","type":"float"},{"name":"y","type":"float"}]}""";
    private const string Circle = """{"type":"record","name":"Circle","namespace":"shapes","fields":[{"name":"centre","type":"shapes.Point"},{"name":"radius","type":"float"}]}""";

    private readonly EmbeddedKafka _kafka = EmbeddedKafka.Start();
    private readonly HttpClient _http;
    private readonly CachedSchemaRegistryClient _client;

    public EmbeddedRegistryTests()
    {
        _http = new HttpClient { BaseAddress = new Uri(_kafka.SchemaRegistryUrl) };
        _client = NewClient();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _client.Dispose();
        _http.Dispose();
        _kafka.Dispose();
    }

    [Fact]
    public async Task ConfluentsClientRegistersAndFindsASchemaByEveryName()
    {
        RegisteredSchema registered = await _client.RegisterSchemaWithResponseAsync("points-value", new Confluent.SchemaRegistry.Schema(Point, SchemaType.Avro), normalize: true);

        Assert.Equal((1, 1), (registered.Id, registered.Version));
        using CachedSchemaRegistryClient fresh = NewClient();
        Assert.Equal(Point, (await fresh.GetSchemaAsync(1)).SchemaString);
        Assert.Equal(SchemaType.Avro, (await fresh.GetSchemaAsync(1)).SchemaType);
        Assert.Equal(Point, (await fresh.GetSchemaByGuidAsync(registered.Guid)).SchemaString);
        Assert.Equal(Point, (await fresh.GetSchemaBySubjectAndIdAsync("points-value", 1)).SchemaString);
        Assert.Equal(1, await fresh.GetSchemaIdAsync("points-value", new Confluent.SchemaRegistry.Schema(Point, SchemaType.Avro)));
        Assert.Equal(["points-value"], await fresh.GetAllSubjectsAsync());
        Assert.Equal([1], await fresh.GetSubjectVersionsAsync("points-value"));
        Assert.Equal(Point, (await fresh.GetRegisteredSchemaAsync("points-value", 1)).SchemaString);
        RegisteredSchema latest = await fresh.GetLatestSchemaAsync("points-value");
        Assert.Equal(("points-value", 1, 1, registered.Guid), (latest.Subject, latest.Version, latest.Id, latest.Guid));
        RegisteredSchema found = await fresh.LookupSchemaAsync("points-value", new Confluent.SchemaRegistry.Schema(Point, SchemaType.Avro), ignoreDeletedSchemas: true);
        Assert.Equal((1, 1), (found.Id, found.Version));
    }

    [Fact]
    public async Task ASchemaHasOneIdAndASubjectCountsItsVersions()
    {
        Assert.Equal((1, 1), await RegisterAsync("a", Point));
        Assert.Equal((2, 2), await RegisterAsync("a", "\"string\""));
        Assert.Equal((1, 1), await RegisterAsync("a", Point));
        Assert.Equal((2, 1), await RegisterAsync("b", "\"string\""));
        Assert.Equal((3, 2), await RegisterAsync("b", "\"long\""));
        Assert.Equal((1, 3), await RegisterAsync("b", Point));

        Assert.Equal("""["a","b"]""", await GetAsync("subjects"));
        Assert.Equal("[1,2,3]", await GetAsync("subjects/b/versions"));
        Assert.Equal("""["a","b"]""", await GetAsync("schemas/ids/1/subjects"));
        Assert.Equal("""[{"subject":"a","version":1},{"subject":"b","version":3}]""", await GetAsync("schemas/ids/1/versions"));
        Assert.Equal("\"long\"", await GetAsync("schemas/ids/3/schema"));
        Assert.Equal(Point, await GetAsync("subjects/b/versions/latest/schema"));
    }

    [Fact]
    public async Task WhiteSpaceAndTheOrderOfPropertiesMakeNoOtherSchema()
    {
        await RegisterAsync("a", Point);
        string spaced = """{ "namespace": "shapes", "name": "Point", "fields": [ {"type":"float", "name":"x"}, {"name":"y","type":"float"} ], "type": "record" }""";
        string otherFields = Point.Replace("\"y\"", "\"z\"", StringComparison.Ordinal);

        Assert.Equal((1, 1), await RegisterAsync("a", spaced));
        Assert.Equal((2, 2), await RegisterAsync("a", otherFields));
    }

    /// <summary>As in the real registry: the order of a JSON Schema's properties is that of its columns.</summary>
    [Fact]
    public async Task AnotherOrderOfPropertiesIsAnotherSchemaInJsonSchema()
    {
        const string schema = """{"type":"object","properties":{"p":{"type":"number"},"q":{"type":"number"}}}""";
        const string spaced = """{ "type": "object", "properties": { "p": {"type":"number"}, "q": {"type":"number"} } }""";
        const string swapped = """{"type":"object","properties":{"q":{"type":"number"},"p":{"type":"number"}}}""";
        using CachedSchemaRegistryClient client = NewClient();
        int[] ids = [.. await Task.WhenAll(((string[])[schema, swapped, spaced]).Select(text => client.RegisterSchemaAsync("j", new Confluent.SchemaRegistry.Schema(text, SchemaType.Json))))];
        Assert.Equal(ids[0], ids[2]);
        Assert.NotEqual(ids[0], ids[1]);
        Assert.Equal(swapped, (await client.GetSchemaAsync(ids[1])).SchemaString);
    }

    [Fact]
    public async Task TheGuidIsThatOfTheContent()
    {
        using EmbeddedKafka other = EmbeddedKafka.Start();
        using HttpClient http = new() { BaseAddress = new Uri(other.SchemaRegistryUrl) };
        await RegisterAsync("a", Point);
        await RegisterAsync("a", "\"string\"");
        await PostAsync("subjects/b/versions", Body("\"string\""), http);

        Assert.Equal(Json(await GetAsync("subjects/a/versions/2"))["guid"]!.ToString(), Json(await http.GetStringAsync("subjects/b/versions/1", Cancellation))["guid"]!.ToString());
        Assert.NotEqual(Json(await GetAsync("subjects/a/versions/1"))["guid"]!.ToString(), Json(await GetAsync("subjects/a/versions/2"))["guid"]!.ToString());
    }

    [Fact]
    public async Task ManyThreadsThatRegisterTheSameSchemasGetTheSameIds()
    {
        string[] schemas = [.. Enumerable.Range(0, 8).Select(i => Point.Replace("Point", $"Point{i}", StringComparison.Ordinal))];

        (int Id, int Version)[][] answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(async thread =>
        {
            using CachedSchemaRegistryClient client = NewClient();
            return await Task.WhenAll(schemas.Select(async schema =>
            {
                RegisteredSchema registered = await client.RegisterSchemaWithResponseAsync("s", new Confluent.SchemaRegistry.Schema(schema, SchemaType.Avro), normalize: false);
                return (registered.Id, registered.Version);
            }));
        }));

        Assert.All(answers, answer => Assert.Equal(answers[0], answer));
        Assert.Equal(Enumerable.Range(1, 8), answers[0].Select(answer => answer.Id).Order());
        Assert.Equal(Enumerable.Range(1, 8), answers[0].Select(answer => answer.Version).Order());
    }

    [Fact]
    public async Task ConfluentsSerializerAndDeserializerWorkWithIt()
    {
        var schema = (RecordSchema)Avro.Schema.Parse(Point);
        GenericRecord point = new(schema);
        point.Add("x", 1.5f);
        point.Add("y", -2f);
        SerializationContext context = new(MessageComponentType.Value, "points");

        byte[] bytes = await new AvroSerializer<GenericRecord>(_client).SerializeAsync(point, context);
        using CachedSchemaRegistryClient other = NewClient();
        GenericRecord read = await new AvroDeserializer<GenericRecord>(other).DeserializeAsync(bytes, isNull: false, context);

        Assert.Equal((1.5f, -2f), (read["x"], read["y"]));
        Assert.Equal(["points-value"], await other.GetAllSubjectsAsync());
        Assert.Equal([0, 0, 0, 0, 1], bytes[..5]);
    }

    [Fact]
    public async Task TheGuidInAHeaderLeadsConfluentsDeserializerToTheSchema()
    {
        GenericRecord point = new((RecordSchema)Avro.Schema.Parse(Point));
        point.Add("x", 1.5f);
        point.Add("y", -2f);
        SerializationContext context = new(MessageComponentType.Value, "points", []);
        AvroSerializerConfig config = new() { SchemaIdStrategy = SchemaIdSerializerStrategy.Header };

        byte[] bytes = await new AvroSerializer<GenericRecord>(_client, config).SerializeAsync(point, context);
        using CachedSchemaRegistryClient other = NewClient();
        GenericRecord read = await new AvroDeserializer<GenericRecord>(other).DeserializeAsync(bytes, isNull: false, context);

        Assert.Equal(8, bytes.Length);
        Assert.Equal(17, context.Headers.GetLastBytes("__value_schema_id").Length);
        Assert.Equal((1.5f, -2f), (read["x"], read["y"]));
    }

    [Fact]
    public async Task ASchemaMayReferToAnother()
    {
        await RegisterAsync("point", Point);
        List<SchemaReference> references = [new SchemaReference("shapes.Point", "point", 1)];

        int id = await _client.RegisterSchemaAsync("circle", new Confluent.SchemaRegistry.Schema(Circle, references, SchemaType.Avro));

        using CachedSchemaRegistryClient fresh = NewClient();
        Confluent.SchemaRegistry.Schema schema = await fresh.GetSchemaAsync(id);
        Assert.Equal(Circle, schema.SchemaString);
        SchemaReference reference = Assert.Single(schema.References);
        Assert.Equal(("shapes.Point", "point", 1), (reference.Name, reference.Subject, reference.Version));
        await RefusedAsync(422, 42201, await PostAsync("subjects/circle/versions", Body(Circle)));
        await RefusedAsync(422, 42201, await PostAsync("subjects/circle/versions", Body(Circle, ("shapes.Point", "point", 2))));
        await RefusedAsync(422, 42201, await PostAsync("subjects/circle/versions", Body(Circle, ("shapes.Point", "nowhere", 1))));
    }

    [Fact]
    public async Task TwoWaysToTheSameReferenceAreNoContradiction()
    {
        await RegisterAsync("point", Point);
        Assert.Equal(HttpStatusCode.OK, (await PostAsync("subjects/circle/versions", Body(Circle, ("shapes.Point", "point", 1)))).StatusCode);
        string scene = """{"type":"record","name":"Scene","namespace":"shapes","fields":[{"name":"origin","type":"shapes.Point"},{"name":"sun","type":"shapes.Circle"}]}""";

        HttpResponseMessage answer = await PostAsync("subjects/scene/versions", Body(scene, ("shapes.Point", "point", 1), ("shapes.Circle", "circle", 1)));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("JSON", """{"type":"object"}""")]
    [InlineData("PROTOBUF", "syntax = \"proto3\"; message Point { float x = 1; }")]
    public async Task OtherTypesOfSchemaKeepTheirType(string type, string schema)
    {
        JsonObject body = new() { ["schema"] = schema, ["schemaType"] = type };
        Assert.Equal(HttpStatusCode.OK, (await PostAsync("subjects/s/versions", body)).StatusCode);

        JsonNode answer = Json(await GetAsync("schemas/ids/1?format=resolved"));
        Assert.Equal((type, schema), (answer["schemaType"]!.ToString(), answer["schema"]!.ToString()));
    }

    [Fact]
    public async Task MetadataAndRulesComeBackAndMakeAnotherSchema()
    {
        await RegisterAsync("s", Point);
        JsonObject body = Body(Point);
        body["metadata"] = Json("""{"properties":{"owner":"physics"}}""");
        body["ruleSet"] = Json("""{"domainRules":[]}""");
        await PostAsync("subjects/s/versions", body);

        RegisteredSchema latest = await _client.GetLatestSchemaAsync("s");
        Assert.Equal((2, "physics"), (latest.Version, latest.Metadata.Properties["owner"]));
        Assert.NotNull(latest.RuleSet);
        Assert.Null(Json(await GetAsync("schemas/ids/1"))["metadata"]);
    }

    [Theory]
    [InlineData("subjects/nowhere/versions", 404, 40401)]
    [InlineData("subjects/nowhere/versions/1", 404, 40401)]
    [InlineData("subjects/nowhere/versions/latest", 404, 40401)]
    [InlineData("subjects/points/versions/2", 404, 40402)]
    [InlineData("schemas/ids/2", 404, 40403)]
    [InlineData("schemas/ids/0", 404, 40403)]
    [InlineData("schemas/ids/2/versions", 404, 40403)]
    [InlineData("schemas/guids/00000000-0000-0000-0000-000000000001", 404, 40403)]
    [InlineData("schemas/guids/garbage", 404, 40403)]
    [InlineData("subjects/points/versions/0", 422, 42202)]
    [InlineData("subjects/points/versions/one", 422, 42202)]
    [InlineData("subjects/points/versions/2147483648", 422, 42202)]
    [InlineData("schemas/ids/one", 404, 404)]
    [InlineData("elsewhere", 404, 404)]
    public async Task WhatIsNotThereHasConfluentsErrorCode(string path, int status, int code)
    {
        await RegisterAsync("points", Point);
        await RefusedAsync(status, code, await _http.GetAsync(path, Cancellation));
    }

    [Fact]
    public async Task ConfluentsClientSeesTheErrorCodes()
    {
        await RegisterAsync("points", Point);
        Assert.Equal(40401, (await Assert.ThrowsAsync<SchemaRegistryException>(() => _client.GetLatestSchemaAsync("nowhere"))).ErrorCode);
        Assert.Equal(40402, (await Assert.ThrowsAsync<SchemaRegistryException>(() => _client.GetRegisteredSchemaAsync("points", 7))).ErrorCode);
        Assert.Equal(40403, (await Assert.ThrowsAsync<SchemaRegistryException>(() => _client.GetSchemaAsync(7))).ErrorCode);
        Assert.Equal(42201, (await Assert.ThrowsAsync<SchemaRegistryException>(() => _client.RegisterSchemaAsync("points", "{}"))).ErrorCode);
    }

    [Fact]
    public async Task ASchemaIsLookedUpUnderItsSubjectOnly()
    {
        await RegisterAsync("points", Point);
        await RegisterAsync("strings", "\"string\"");

        Assert.Equal(HttpStatusCode.OK, (await PostAsync("subjects/points?normalize=True&deleted=False", Body(Point))).StatusCode);
        await RefusedAsync(404, 40401, await PostAsync("subjects/nowhere", Body(Point)));
        await RefusedAsync(404, 40403, await PostAsync("subjects/strings", Body(Point)));
        await RefusedAsync(422, 42201, await PostAsync("subjects/strings", Body("{")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("string")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("3")]
    [InlineData("\"nothing\"")]
    [InlineData("""{"type":"record","name":"R"}""")]
    [InlineData("""{"type":"record","name":"R","fields":[{"name":"f","type":"Unknown"}]}""")]
    [InlineData("""{"type":"record","name":"R","namespace":"10x_storage","fields":[]}""")]
    [InlineData("""{"type":"record","name":"a..R","fields":[]}""")]
    [InlineData("""{"type":"record","name":"1R","fields":[]}""")]
    [InlineData("""{"type":"record","name":"R","fields":[{"name":"f-g","type":"int"}]}""")]
    [InlineData("""{"type":"record","name":"R","fields":[{"name":"f","type":{"type":"enum","name":"E","namespace":"a.1","symbols":["A"]}}]}""")]
    [InlineData("""{"type":"array","items":["null",{"type":"map","values":{"type":"fixed","name":"F!","size":3}}]}""")]
    [InlineData("""{"type":"enum","name":"E","symbols":["A","1"]}""")]
    public async Task AnAvroSchemaThatIsNotValidIsRefused(string schema)
    {
        await RefusedAsync(422, 42201, await PostAsync("subjects/s/versions", Body(schema)));
        Assert.Equal("[]", await GetAsync("subjects"));
    }

    [Fact]
    public async Task ATypeThatIsUnknownIsRefused()
    {
        await RefusedAsync(422, 42201, await PostAsync("subjects/s/versions", new JsonObject { ["schema"] = "x", ["schemaType"] = "THRIFT" }));
        await RefusedAsync(422, 42201, await PostAsync("subjects/s/versions", new JsonObject { ["schema"] = "not json", ["schemaType"] = "JSON" }));
        await RefusedAsync(422, 42201, await PostAsync("subjects/s/versions", new JsonObject { ["schema"] = "", ["schemaType"] = "PROTOBUF" }));
        await RefusedAsync(422, 42201, await PostAsync("subjects/s/versions", new JsonObject { ["schema"] = "message {", ["schemaType"] = "PROTOBUF" }));
        await RefusedAsync(422, 42201, await PostAsync("subjects/s/versions", new JsonObject { ["schema"] = "AAAA", ["schemaType"] = "PROTOBUF" }));
        foreach (string proto in (string[])["syntax = \"proto3\";", "syntax = \"proto3\"; message M { flaot x = 1; }", "syntax = \"proto3\"; import \"other.proto\"; message M { Other x = 1; }"])
        {
            await RefusedAsync(422, 42201, await PostAsync("subjects/s/versions", new JsonObject { ["schema"] = proto, ["schemaType"] = "PROTOBUF" }));
        }
    }

    [Fact]
    public async Task ASchemaThatRefersToItselfIsValid()
    {
        string list = """{"type":"record","name":"Node","fields":[{"name":"next","type":["null","Node"]},{"name":"when","type":{"type":"long","logicalType":"timestamp-millis"}}]}""";
        Assert.Equal((1, 1), await RegisterAsync("s", list));
    }

    [Theory]
    [InlineData("")]
    [InlineData("garbage")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"schema":3}""")]
    [InlineData("""{"schema":"\"int\"","references":["x"]}""")]
    [InlineData("""{"schema":"\"int\"","schemaType":[]}""")]
    [InlineData("""{"schema":"\"int\"","metadata":"x"}""")]
    [InlineData("""{"schema":"\"int\"","references":{}}""")]
    public async Task ABodyThatIsNoSchemaIsABadRequest(string body)
    {
        await RefusedAsync(400, 400, await _http.PostAsync("subjects/s/versions", new StringContent(body), Cancellation));
        Assert.Equal("[]", await GetAsync("subjects"));
    }

    [Fact]
    public async Task NamesInAPathAreUnescaped()
    {
        string subject = "a/b c:ü?+%-value";
        Assert.Equal(1, await _client.RegisterSchemaAsync(subject, new Confluent.SchemaRegistry.Schema(Point, SchemaType.Avro)));
        Assert.Equal([subject], await _client.GetAllSubjectsAsync());
        Assert.Equal(subject, (await _client.GetLatestSchemaAsync(subject)).Subject);
    }

    [Fact]
    public async Task TheConfigurationIsThatNothingIsChecked()
    {
        await RegisterAsync("s", Point);
        Assert.Equal(Compatibility.None, await _client.GetCompatibilityAsync());
        Assert.Equal(Compatibility.None, await _client.GetCompatibilityAsync("s"));
        Assert.Equal(Compatibility.None, await _client.UpdateCompatibilityAsync(Compatibility.None, "s"));
        Assert.True(await _client.IsCompatibleAsync("s", new Confluent.SchemaRegistry.Schema("\"int\"", SchemaType.Avro)));
        await RefusedAsync(422, 42203, await _http.PutAsync("config", new StringContent("""{"compatibility":"FULL"}"""), Cancellation));
        await RefusedAsync(400, 400, await _http.PutAsync("config", new StringContent("garbage"), Cancellation));
        Assert.Equal("""{"mode":"READWRITE"}""", await GetAsync("mode"));
        Assert.Equal("""["JSON","PROTOBUF","AVRO"]""", await GetAsync("schemas/types"));
        Assert.Equal("{}", await GetAsync(""));
    }

    private CachedSchemaRegistryClient NewClient() => new(new SchemaRegistryConfig { Url = _kafka.SchemaRegistryUrl });

    private static JsonNode Json(string text) => JsonNode.Parse(text)!;

    private static JsonObject Body(string schema, params (string Name, string Subject, int Version)[] references) => new()
    {
        ["schema"] = schema,
        ["references"] = new JsonArray([.. references.Select(reference =>
            new JsonObject { ["name"] = reference.Name, ["subject"] = reference.Subject, ["version"] = reference.Version })]),
    };

    private Task<string> GetAsync(string path) => _http.GetStringAsync(path, Cancellation);

    private Task<HttpResponseMessage> PostAsync(string path, JsonObject body, HttpClient? http = null) =>
        (http ?? _http).PostAsync(path, new StringContent(body.ToJsonString(), Encoding.UTF8, "application/vnd.schemaregistry.v1+json"), Cancellation);

    private async Task<(int Id, int Version)> RegisterAsync(string subject, string schema)
    {
        HttpResponseMessage answer = await PostAsync($"subjects/{subject}/versions", Body(schema));
        JsonNode body = Json(await answer.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return ((int)body["id"]!, (int)body["version"]!);
    }

    private static async Task RefusedAsync(int status, int code, HttpResponseMessage answer)
    {
        JsonNode body = Json(await answer.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal((status, code), ((int)answer.StatusCode, (int)body["error_code"]!));
        Assert.NotEmpty(body["message"]!.ToString());
        Assert.Equal("application/vnd.schemaregistry.v1+json", answer.Content.Headers.ContentType!.MediaType);
    }
}
