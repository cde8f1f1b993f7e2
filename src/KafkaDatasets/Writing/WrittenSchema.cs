using Confluent.SchemaRegistry;

namespace KafkaDatasets.Writing;

/// <summary>The schema that rows are written by, as it is registered.</summary>
/// <param name="Name">The full name of the record.</param>
/// <param name="Type">Its type, or null where the format has no schemas.</param>
/// <param name="Text">The document.</param>
internal sealed record WrittenSchema(string Name, SchemaType? Type, string Text);
