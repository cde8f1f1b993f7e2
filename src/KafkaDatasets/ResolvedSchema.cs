using Confluent.SchemaRegistry;

namespace KafkaDatasets;

/// <summary>The text of a schema, with the schemas that it refers to.</summary>
/// <param name="type">The schema language: Avro, JSON Schema or Protobuf.</param>
/// <param name="text">The schema: JSON, or for Protobuf a <c>.proto</c> file, or a <c>FileDescriptorProto</c> in base64.</param>
public sealed class ResolvedSchema(SchemaType type, string text)
{
    /// <summary>The schema language.</summary>
    public SchemaType Type { get; } = type;

    /// <summary>The schema.</summary>
    public string Text { get; } = text ?? throw new ArgumentNullException(nameof(text));

    /// <summary>
    /// The schemas that it refers to, directly or not, each after those that it refers to itself; the key is the name it is referred to by: an Avro type, the URI of a JSON Schema,
    /// the path of a Protobuf import. Default none.
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, string>> References { get; init; } = [];
}
