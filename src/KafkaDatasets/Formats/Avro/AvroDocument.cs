using System.Diagnostics;
using System.Text.Json.Nodes;
using KafkaDatasets.Shapes;

namespace KafkaDatasets.Formats.Avro;

/// <summary>Writes the Avro schema document of a shape.</summary>
internal static class AvroDocument
{
    public static string Of(RecordShape shape) => Record(shape, shape.Namespace, []).ToJsonString();

    private static JsonObject Record(RecordShape record, string? recordNamespace, HashSet<string> named)
    {
        var json = new JsonObject { ["type"] = "record", ["name"] = record.Name };
        if (!string.IsNullOrEmpty(recordNamespace))
        {
            json["namespace"] = recordNamespace;
        }

        json["fields"] = new JsonArray([.. record.Fields.Select(field => Field(field, named))]);
        return json;
    }

    private static JsonObject Field(RowField field, HashSet<string> named)
    {
        var json = new JsonObject { ["name"] = field.Name, ["type"] = TypeOf(field.Type, named) };
        if (field.Type.IsNullable)
        {
            json["default"] = null;
        }

        return json;
    }

    private static JsonNode TypeOf(FieldType type, HashSet<string> named)
    {
        JsonNode some = type switch
        {
            ScalarType scalar => Scalar(scalar),
            EnumType symbols => named.Add(symbols.Name)
                ? new JsonObject { ["type"] = "enum", ["name"] = symbols.Name, ["symbols"] = new JsonArray([.. symbols.Symbols.Select(s => JsonValue.Create(s))]) }
                : JsonValue.Create(symbols.Name),
            ListType list => new JsonObject { ["type"] = "array", ["items"] = TypeOf(list.Item, named) },
            MapType map => new JsonObject { ["type"] = "map", ["values"] = TypeOf(map.Value, named) },
            RecordShape record => named.Add(record.Name) ? Record(record, null, named) : JsonValue.Create(record.Name),
            _ => throw new UnreachableException(),
        };
        return type.IsNullable ? new JsonArray("null", some) : some;
    }

    private static JsonNode Scalar(ScalarType type) => type.Kind switch
    {
        ScalarKind.Boolean => "boolean",
        ScalarKind.Int32 => "int",
        ScalarKind.Int64 or ScalarKind.UInt32 or ScalarKind.UInt64 => "long",
        ScalarKind.Single => "float",
        ScalarKind.Double => "double",
        ScalarKind.Text => "string",
        ScalarKind.Bytes => "bytes",
        ScalarKind.Uuid => Logical("string", "uuid"),
        ScalarKind.Date => Logical("int", "date"),
        ScalarKind.Time or ScalarKind.TimeSpan => Logical("long", "time-micros"),
        ScalarKind.Timestamp => Logical("long", "timestamp-micros"),
        ScalarKind.LocalTimestamp => Logical("long", "local-timestamp-micros"),
        ScalarKind.Decimal => new JsonObject { ["type"] = "bytes", ["logicalType"] = "decimal", ["precision"] = type.Precision, ["scale"] = type.Scale },
        _ => throw new UnreachableException(),
    };

    private static JsonObject Logical(string type, string logicalType) => new() { ["type"] = type, ["logicalType"] = logicalType };
}
