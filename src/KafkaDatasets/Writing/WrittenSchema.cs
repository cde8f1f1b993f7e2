using Confluent.SchemaRegistry;

namespace KafkaDatasets.Writing;

/// <summary>The schema that values or keys are written by, as it is registered.</summary>
/// <param name="Name">The full name of the record.</param>
/// <param name="Type">Its type.</param>
/// <param name="Text">The document.</param>
/// <param name="AfterId">What stands between the schema's id and what is written by it.</param>
internal sealed record WrittenSchema(string Name, SchemaType Type, string Text, ReadOnlyMemory<byte> AfterId = default);
