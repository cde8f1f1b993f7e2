namespace KafkaDatasets.Schemas;

/// <summary>A writer's schema that cannot be resolved to the dataset's; whoever knows the ids makes a <see cref="SchemaException"/> of it.</summary>
internal sealed class IncompatibleSchemaException(string field, string reason) : Exception($"field '{field}': {reason}")
{
    public string Field { get; } = field;

    public string Reason { get; } = reason;
}
