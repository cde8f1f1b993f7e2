namespace KafkaDatasets.Schemas;

/// <summary>Thrown when a writer's schema cannot be resolved to the dataset's; a caller that knows the ids converts it to a <see cref="SchemaException"/>.</summary>
/// <param name="field">The field, or empty for the whole record.</param>
/// <param name="reason">The reason.</param>
internal sealed class IncompatibleSchemaException(string field, string reason) : Exception(field.Length == 0 ? reason : $"field '{field}': {reason}")
{
    public string Field { get; } = field;

    public string Reason { get; } = reason;

    /// <summary>Whether the writer's schema is older than the field.</summary>
    public bool IsNewField { get; init; }

    /// <summary>What to do about it, as a sentence, or null for the general advice.</summary>
    public string? Remedy { get; init; }
}
