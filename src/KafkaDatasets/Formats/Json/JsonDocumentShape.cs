using System.Text.Json;
using KafkaDatasets.Shapes;

namespace KafkaDatasets.Formats.Json;

/// <summary>What a JSON Schema that is given says of the rows: which of their fields are written.</summary>
internal static class JsonDocumentShape
{
    /// <exception cref="SchemaException">It is not a schema of objects, or requires a field that there is not.</exception>
    public static RecordShape Filter(string schema, Func<FieldFilter, RecordShape> derive)
    {
        using JsonDocument document = Parse(schema);
        if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("properties", out JsonElement properties) || properties.ValueKind != JsonValueKind.Object)
        {
            throw new SchemaException($"{nameof(KafkaWriterOptions)}.{nameof(KafkaWriterOptions.Schema)} has no properties: a row is an object, whose properties are its fields.");
        }

        HashSet<string> names = [.. properties.EnumerateObject().Select(p => p.Name)];
        RecordShape shape = derive(path => names.Contains(path[0]));
        string[] missing = document.RootElement.TryGetProperty("required", out JsonElement required) && required.ValueKind == JsonValueKind.Array
            ? [.. required.EnumerateArray().Select(name => name.ToString()).Except(shape.Fields.Select(f => f.Name))]
            : [];
        return missing.Length == 0
            ? shape
            : throw new SchemaException($"The rows have no field for {string.Join(", ", missing)}, which {nameof(KafkaWriterOptions)}.{nameof(KafkaWriterOptions.Schema)} requires.") { Field = missing[0] };
    }

    private static JsonDocument Parse(string schema)
    {
        try
        {
            return JsonDocument.Parse(schema);
        }
        catch (JsonException e)
        {
            throw new SchemaException($"{nameof(KafkaWriterOptions)}.{nameof(KafkaWriterOptions.Schema)} is not JSON: {e.Message}", e);
        }
    }
}
