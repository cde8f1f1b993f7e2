namespace KafkaDatasets.Schemas;

/// <summary>A writer's schema that cannot be resolved to the dataset's; whoever knows the ids makes a <see cref="SchemaException"/> of it.</summary>
/// <param name="field">The field, or empty where it is the whole record.</param>
/// <param name="reason">Why.</param>
internal sealed class IncompatibleSchemaException(string field, string reason) : Exception(field.Length == 0 ? reason : $"field '{field}': {reason}")
{
    public string Field { get; } = field;

    public string Reason { get; } = reason;

    /// <summary>Whether the writer's schema is older than the field.</summary>
    public bool IsNewField { get; init; }

    /// <summary>What to do about it, as a sentence; null: what holds for any.</summary>
    public string? Remedy { get; init; }
}
