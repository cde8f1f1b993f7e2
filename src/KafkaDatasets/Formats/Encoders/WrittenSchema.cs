using Confluent.SchemaRegistry;

namespace KafkaDatasets.Formats.Encoders;

/// <summary>The schema of written values or keys, as it is registered.</summary>
/// <param name="Name">The full name of the record.</param>
/// <param name="Type">The registry's schema type.</param>
/// <param name="Text">The schema document.</param>
/// <param name="AfterId">The bytes between the schema's id and the value.</param>
internal sealed record WrittenSchema(string Name, SchemaType Type, string Text, ReadOnlyMemory<byte> AfterId = default);
