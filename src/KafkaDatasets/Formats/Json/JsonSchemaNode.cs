using System.Text.Json;

namespace KafkaDatasets.Formats.Json;

/// <summary>A schema within a JSON Schema document.</summary>
/// <param name="Element">The JSON of the schema.</param>
/// <param name="Document">The document that relative references are resolved against.</param>
/// <param name="Type">The selected type, for a schema that allows several types; otherwise null.</param>
internal readonly record struct JsonSchemaNode(JsonElement Element, string Document, string? Type = null);
