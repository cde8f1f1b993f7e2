using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using KafkaDatasets.Shapes;

namespace KafkaDatasets.Formats.Json;

/// <summary>Writes the JSON Schema document of a shape: draft 7, with the format names that NJsonSchema and OpenAPI's registry use for .NET types.</summary>
internal static class JsonSchemaText
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(RecordShape shape)
    {
        var definitions = new JsonObject();
        JsonObject members = Members(shape, definitions);
        var json = new JsonObject { ["$schema"] = "http://json-schema.org/draft-07/schema#", ["title"] = shape.FullName };
        foreach ((string name, JsonNode? value) in members.ToArray())
        {
            members.Remove(name);
            json[name] = value;
        }

        if (definitions.Count > 0)
        {
            json["definitions"] = definitions;
        }

        return json.ToJsonString(Readable);
    }

    private static JsonObject Members(RecordShape record, JsonObject definitions)
    {
        var properties = new JsonObject();
        foreach (RowField field in record.Fields)
        {
            properties[field.Name] = TypeOf(field.Type, definitions);
        }

        return new JsonObject
        {
            ["type"] = "object",
            ["properties"] = properties,
            ["required"] = new JsonArray([.. record.Fields.Where(f => !f.Type.IsNullable).Select(f => JsonValue.Create(f.Name))]),
        };
    }

    private static JsonObject TypeOf(FieldType type, JsonObject definitions) => type switch
    {
        ScalarType scalar => Scalar(scalar),
        EnumType symbols => new JsonObject
        {
            ["type"] = Typed("string", symbols.IsNullable),
            ["enum"] = new JsonArray([.. symbols.Symbols.Select(s => JsonValue.Create(s)), .. symbols.IsNullable ? (JsonNode?[])[null] : []]),
        },
        ListType list => new JsonObject { ["type"] = Typed("array", list.IsNullable), ["items"] = TypeOf(list.Item, definitions) },
        MapType map => new JsonObject { ["type"] = Typed("object", map.IsNullable), ["additionalProperties"] = TypeOf(map.Value, definitions) },
        RecordShape record => Reference(record, definitions),
        _ => throw new UnreachableException(),
    };

    private static JsonObject Reference(RecordShape record, JsonObject definitions)
    {
        if (!definitions.ContainsKey(record.Name))
        {
            definitions[record.Name] = Members(record, definitions);
        }

        var reference = new JsonObject { ["$ref"] = $"#/definitions/{record.Name}" };
        return record.IsNullable ? new JsonObject { ["oneOf"] = new JsonArray(new JsonObject { ["type"] = "null" }, reference) } : reference;
    }

    private static JsonObject Scalar(ScalarType type) => type.Kind switch
    {
        ScalarKind.Boolean => Scalar("boolean", null, type),
        ScalarKind.Int32 => Scalar("integer", "int32", type),
        ScalarKind.Int64 => Scalar("integer", "int64", type),
        ScalarKind.UInt32 => Scalar("integer", "uint32", type),
        ScalarKind.UInt64 => Scalar("integer", "uint64", type),
        ScalarKind.Single => Scalar("number", "float", type with { IsNullable = true }),
        ScalarKind.Double => Scalar("number", "double", type with { IsNullable = true }),
        ScalarKind.Decimal => Scalar("number", "decimal", type),
        ScalarKind.Bytes => Scalar("string", "byte", type),
        ScalarKind.Uuid => Scalar("string", "uuid", type),
        ScalarKind.Date => Scalar("string", "date", type),
        ScalarKind.Time => Scalar("string", "time", type),
        ScalarKind.TimeSpan => Scalar("string", "time-span", type),
        ScalarKind.Timestamp => Scalar("string", "date-time", type),
        ScalarKind.LocalTimestamp => Scalar("string", "date-time-local", type),
        ScalarKind.Text => Scalar("string", null, type),
        _ => throw new UnreachableException(),
    };

    private static JsonObject Scalar(string name, string? format, ScalarType type)
    {
        var json = new JsonObject { ["type"] = Typed(name, type.IsNullable) };
        if (format is not null)
        {
            json["format"] = format;
        }

        return json;
    }

    private static JsonNode Typed(string name, bool isNullable) => isNullable ? new JsonArray("null", name) : name;
}
