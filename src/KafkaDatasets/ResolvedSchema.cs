using Confluent.SchemaRegistry;

namespace KafkaDatasets;

/// <summary>A schema that an <see cref="ISchemaResolver"/> found, with the schemas that it refers to.</summary>
/// <param name="type">The schema language: Avro, JSON Schema or Protobuf.</param>
/// <param name="text">The text of the schema: JSON, or for Protobuf a <c>.proto</c> file, or a <c>FileDescriptorProto</c> in base64.</param>
public sealed class ResolvedSchema(SchemaType type, string text)
{
    /// <summary>The schema language.</summary>
    public SchemaType Type { get; } = type;

    /// <summary>The text of the schema.</summary>
    public string Text { get; } = text ?? throw new ArgumentNullException(nameof(text));

    /// <summary>
    /// The text of every schema that it refers to, directly or indirectly, in dependency order (each after the schemas that it refers to itself). The key is the name used in references: an Avro type, the URI of a JSON Schema,
    /// or the path of a Protobuf import. Default none.
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, string>> References { get; init; } = [];
}
