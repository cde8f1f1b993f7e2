using System.Text.Json;

namespace KafkaDatasets.Ranges;

/// <summary>Members of JSON documents that people keep and edit: what is missing is named.</summary>
internal static class JsonMembers
{
    /// <summary>The member of an object.</summary>
    /// <exception cref="JsonException">The element is no object, or has no such member.</exception>
    public static JsonElement Member(this JsonElement element, string name) =>
        element.ValueKind != JsonValueKind.Object
            ? throw new JsonException($"an object with '{name}' is expected, not {(element.ValueKind is JsonValueKind.Null ? "null" : $"a value of the kind {element.ValueKind}")}.")
            : element.TryGetProperty(name, out JsonElement member) ? member : throw new JsonException($"it has no '{name}'.");
}
