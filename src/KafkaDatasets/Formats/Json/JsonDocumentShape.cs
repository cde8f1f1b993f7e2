using System.Text.Json;
using KafkaDatasets.Shapes;

namespace KafkaDatasets.Formats.Json;

/// <summary>Limits the shape of rows to the properties of a given JSON Schema.</summary>
internal static class JsonDocumentShape
{
    /// <summary>Derives the shape with the schema's properties only.</summary>
    /// <exception cref="SchemaException">The schema has no properties, or requires a field that the rows do not have.</exception>
    public static RecordShape Filter(string schema, Func<FieldFilter, RecordShape> derive)
    {
        using JsonDocument document = Parse(schema);
        if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("properties", out JsonElement properties) || properties.ValueKind != JsonValueKind.Object)
        {
            throw new SchemaException($"{nameof(KafkaWriterOptions)}.{nameof(KafkaWriterOptions.Schema)} has no 'properties': give the schema of an object whose properties are the fields of the rows.");
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
            throw new SchemaException($"{nameof(KafkaWriterOptions)}.{nameof(KafkaWriterOptions.Schema)} is invalid JSON: {e.Message.TrimEnd('.')}.", e);
        }
    }
}
