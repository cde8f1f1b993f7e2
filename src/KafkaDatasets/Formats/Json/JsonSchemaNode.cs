using System.Text.Json;

namespace KafkaDatasets.Formats.Json;

/// <summary>A schema, and the document that its relative references are in.</summary>
internal readonly record struct JsonSchemaNode(JsonElement Element, string Document);
