using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace KafkaDatasets.Embedded;

/// <summary>The part of the REST API of Confluent's schema registry that clients use, with its error codes.</summary>
/// <remarks>Compatibility is not checked, every <c>format</c> returns the registered text, and nothing can be deleted.</remarks>
internal sealed class EmbeddedRegistry
{
    private const string NoCompatibility = "NONE";

    private readonly EmbeddedSchemas _schemas = new();

    internal HttpResponse Answer(HttpRequest request)
    {
        try
        {
            return HttpResponse.Json(200, Route(request));
        }
        catch (RegistryException exception)
        {
            return HttpResponse.Json(exception.Status, new JsonObject { ["error_code"] = exception.Code, ["message"] = exception.Message });
        }
    }

    private JsonNode Route(HttpRequest request) => (request.Method, request.Path) switch
    {
        ("GET", []) => new JsonObject(),
        ("GET", ["mode"]) => new JsonObject { ["mode"] = "READWRITE" },
        ("GET", ["config"] or ["config", _]) => new JsonObject { ["compatibilityLevel"] = NoCompatibility },
        ("PUT", ["config"] or ["config", _]) => SetCompatibility(Body(request)),
        ("POST", ["compatibility", "subjects", var subject, "versions", var version]) => TestCompatibility(subject, version, Body(request)),

        ("GET", ["subjects"]) => List(_schemas.Subjects(), subject => subject),
        ("POST", ["subjects", var subject]) => Describe(_schemas.Lookup(subject, Document(Body(request)))),
        ("GET", ["subjects", var subject, "versions"]) => List(_schemas.Versions(subject), version => version.Version),
        ("POST", ["subjects", var subject, "versions"]) => Describe(_schemas.Register(subject, Document(Body(request)))),
        ("GET", ["subjects", var subject, "versions", var version]) => Describe(Find(subject, version)),
        ("GET", ["subjects", var subject, "versions", var version, "schema"]) => Text(Find(subject, version).Schema),

        ("GET", ["schemas", "types"]) => List([PostedSchema.Json, PostedSchema.Protobuf, PostedSchema.Avro], type => type),
        ("GET", ["schemas", "guids", var guid]) => Describe(_schemas.ByGuid(Guid.TryParse(guid, out Guid value) ? value : default)),
        ("GET", ["schemas", "ids", var id]) => Describe(_schemas.ById(Id(id))),
        ("GET", ["schemas", "ids", var id, "schema"]) => Text(_schemas.ById(Id(id))),
        ("GET", ["schemas", "ids", var id, "subjects"]) => List(_schemas.VersionsById(Id(id)), version => version.Subject),
        ("GET", ["schemas", "ids", var id, "versions"]) => List(
            _schemas.VersionsById(Id(id)),
            version => new JsonObject { ["subject"] = version.Subject, ["version"] = version.Version }),

        _ => throw RegistryException.NotFound(),
    };

    private StoredVersion Find(string subject, string version) => version is "latest" or "-1"
        ? _schemas.Latest(subject)
        : int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0
            ? _schemas.Version(subject, number)
            : throw RegistryException.InvalidVersion(version);

    private static int Id(string id) =>
        int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : throw RegistryException.NotFound();

    private static JsonObject SetCompatibility(JsonElement body)
    {
        string level = StringOf(body, "compatibility");
        return level == NoCompatibility
            ? new JsonObject { ["compatibility"] = level }
            : throw RegistryException.InvalidCompatibilityLevel(level);
    }

    private JsonObject TestCompatibility(string subject, string version, JsonElement body)
    {
        _ = Find(subject, version);
        _ = Document(body);
        return new JsonObject { ["is_compatible"] = true };
    }

    private static JsonElement Body(HttpRequest request)
    {
        try
        {
            using JsonDocument body = JsonDocument.Parse(request.Body);
            return body.RootElement.Clone();
        }
        catch (JsonException exception)
        {
            throw RegistryException.BadRequest(exception.Message);
        }
    }

    private static PostedSchema Document(JsonElement body)
    {
        JsonElement? references = ItemOf(body, "references", JsonValueKind.Array);
        return new PostedSchema(
            StringOf(body, "schemaType") is { Length: > 0 } type ? type : PostedSchema.Avro,
            StringOf(body, "schema"),
            references is null ? [] : [.. references.Value.EnumerateArray().Select(Reference)],
            ItemOf(body, "metadata", JsonValueKind.Object),
            ItemOf(body, "ruleSet", JsonValueKind.Object));
    }

    private static SchemaReference Reference(JsonElement reference) => new(
        StringOf(reference, "name"),
        StringOf(reference, "subject"),
        ItemOf(reference, "version", JsonValueKind.Number) is { } version && version.TryGetInt32(out int number) ? number : 0);

    private static string StringOf(JsonElement parent, string name) => ItemOf(parent, name, JsonValueKind.String)?.GetString() ?? "";

    private static JsonElement? ItemOf(JsonElement parent, string name, JsonValueKind kind)
    {
        if (parent.ValueKind != JsonValueKind.Object)
        {
            throw RegistryException.BadRequest($"{name} must be in an object");
        }

        return !parent.TryGetProperty(name, out JsonElement item) || item.ValueKind == JsonValueKind.Null ? null
            : item.ValueKind == kind ? item
            : throw RegistryException.BadRequest($"{name} must be of the kind {kind}");
    }

    private static JsonArray List<T>(IEnumerable<T> items, Func<T, JsonNode?> node) => [.. items.Select(node)];

    private static JsonObject Describe(StoredVersion version)
    {
        JsonObject description = Describe(version.Schema);
        description["subject"] = version.Subject;
        description["version"] = version.Version;
        description["id"] = version.Schema.Id;
        return description;
    }

    private static JsonObject Describe(StoredSchema schema)
    {
        PostedSchema document = schema.Document;
        JsonObject description = new() { ["guid"] = schema.Guid.ToString(), ["schema"] = document.Text };
        if (document.Type != PostedSchema.Avro)
        {
            description["schemaType"] = document.Type;
        }

        if (document.References.Count > 0)
        {
            description["references"] = List(document.References, reference =>
                new JsonObject { ["name"] = reference.Name, ["subject"] = reference.Subject, ["version"] = reference.Version });
        }

        if (document.Metadata is { } metadata)
        {
            description["metadata"] = JsonObject.Create(metadata);
        }

        if (document.RuleSet is { } rules)
        {
            description["ruleSet"] = JsonObject.Create(rules);
        }

        return description;
    }

    private static JsonNode Text(StoredSchema schema) => schema.Document.Type == PostedSchema.Protobuf
        ? schema.Document.Text
        : JsonNode.Parse(schema.Document.Text)!;
}
