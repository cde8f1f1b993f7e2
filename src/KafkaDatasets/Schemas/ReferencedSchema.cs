namespace KafkaDatasets.Schemas;

/// <summary>A schema that another schema refers to.</summary>
/// <param name="Name">The name it is referenced by: an Avro type, the URI of a JSON Schema, or the path of a Protobuf import.</param>
/// <param name="Text">The schema.</param>
internal sealed record ReferencedSchema(string Name, string Text);
