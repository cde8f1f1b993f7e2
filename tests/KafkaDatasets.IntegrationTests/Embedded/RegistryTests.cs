using Confluent.SchemaRegistry;
using KafkaDatasets.IntegrationTests.Cluster;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Embedded;

/// <summary>The embedded registry answers Confluent's client as a real one does.</summary>
public sealed class RegistryTests(SharedKafka shared)
{
    private const string PointJson = """{"$id":"point.json","type":"object","properties":{"x":{"type":"number"}}}""";
    private const string SwappedJson = """{"type":"object","$id":"point.json","properties":{"x":{"type":"number"}}}""";
    private const string CircleJson = """{"type":"object","properties":{"centre":{"$ref":"point.json"},"r":{"type":"number"}}}""";
    private const string PointProto = "syntax = \"proto3\";\npackage shapes;\n\nmessage Point {\n  float x = 1;\n}\n";
    private const string CircleProto = "syntax = \"proto3\";\npackage shapes;\n\nimport \"point.proto\";\n\nmessage Circle {\n  .shapes.Point centre = 1;\n}\n";
    private const string PointAvro = """{"type":"record","name":"Point","namespace":"shapes","fields":[{"name":"x","type":"float"}]}""";
    private const string CircleAvro = """{"type":"record","name":"Circle","namespace":"shapes","fields":[{"name":"centre","type":"shapes.Point"}]}""";

    [Theory]
    [InlineData(SchemaType.Avro, PointAvro, "shapes.Point", CircleAvro)]
    [InlineData(SchemaType.Json, PointJson, "point.json", CircleJson)]
    [InlineData(SchemaType.Protobuf, PointProto, "point.proto", CircleProto)]
    public async Task Schemas_of_every_type_with_references_are_kept_as_by_a_real_registry(SchemaType type, string point, string name, string circle)
    {
        using EmbeddedKafka embedded = EmbeddedKafka.Start();
        string prefix = $"kafkadatasets-test-{Guid.NewGuid():N}";
        Assert.Equal(
            await TellAsync(await shared.SchemaRegistryUrlAsync(), prefix, type, point, name, circle),
            await TellAsync(embedded.SchemaRegistryUrl, prefix, type, point, name, circle));
    }

    /// <summary>Everything that the client is answered, but for the ids.</summary>
    private static async Task<List<string>> TellAsync(string url, string prefix, SchemaType type, string point, string name, string circle)
    {
        using var client = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = url });
        using var again = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = url });
        (string pointSubject, string circleSubject) = ($"{prefix}-point", $"{prefix}-circle");
        var pointSchema = new Schema(point, type);
        var circleSchema = new Schema(circle, [new SchemaReference(name, pointSubject, 1)], type);
        int pointId = await client.RegisterSchemaAsync(pointSubject, pointSchema);
        int circleId = await client.RegisterSchemaAsync(circleSubject, circleSchema);
        RegisteredSchema latest = await again.GetLatestSchemaAsync(circleSubject);
        RegisteredSchema first = await again.GetRegisteredSchemaAsync(pointSubject, 1);
        RegisteredSchema found = await again.LookupSchemaAsync(circleSubject, circleSchema, ignoreDeletedSchemas: true);
        return
        [
            $"registered again is the same: {pointId == await again.RegisterSchemaAsync(pointSubject, pointSchema)}",
            $"by id: {Tell(await again.GetSchemaAsync(circleId))}",
            $"latest: {latest.Id == circleId} {latest.Version} {latest.Subject} {Tell(latest)}",
            $"version 1: {first.Id == pointId} {first.Version} {Tell(first)}",
            $"looked up: {found.Id == circleId} {found.Version} {found.Subject}",
            $"versions: {string.Join(", ", await again.GetSubjectVersionsAsync(circleSubject))}",
            $"subjects: {string.Join(", ", (await again.GetAllSubjectsAsync()).Where(s => s.StartsWith(prefix, StringComparison.Ordinal)).Order())}",
            await FaultAsync(() => again.GetLatestSchemaAsync($"{prefix}-nowhere")),
            await FaultAsync(() => again.GetRegisteredSchemaAsync(pointSubject, 7)),
            await FaultAsync(() => again.GetSchemaAsync(1_000_000)),
            await FaultAsync(() => again.RegisterSchemaAsync($"{prefix}-lost", new Schema(circle, [new SchemaReference(name, $"{prefix}-nowhere", 1)], type))),
            await FaultAsync(() => again.RegisterSchemaAsync($"{prefix}-bad", new Schema("{ no schema", type))),
            await FaultAsync(() => again.GetSchemaIdAsync(circleSubject, pointSchema)),
            .. type == SchemaType.Json ? [$"with its properties in another order it is the same: {pointId == await again.RegisterSchemaAsync(pointSubject, new Schema(SwappedJson, type))}"] : Array.Empty<string>(),
        ];
    }

    private static string Tell(Schema schema)
        => $"{schema.SchemaType} {schema.SchemaString} {string.Join(", ", (schema.References ?? []).Select(r => $"{r.Name} {r.Version}"))}";

    private static async Task<string> FaultAsync<T>(Func<Task<T>> call) => $"refused with {(await Assert.ThrowsAsync<SchemaRegistryException>(call)).ErrorCode}";
}
