using System.Text.Json;

namespace KafkaDatasets.Formats.Json;

/// <summary>A schema.</summary>
/// <param name="Element">The schema.</param>
/// <param name="Document">The document that its relative references are in.</param>
/// <param name="Type">Of a schema that allows several types: the one that is meant; else null.</param>
internal readonly record struct JsonSchemaNode(JsonElement Element, string Document, string? Type = null);
