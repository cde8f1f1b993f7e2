namespace KafkaDatasets.Schemas;

/// <summary>A schema that another one refers to.</summary>
/// <param name="Name">By this name: an Avro type, the URI of a JSON schema, the path of a Protobuf import.</param>
/// <param name="Text">The schema.</param>
internal sealed record ReferencedSchema(string Name, string Text);
