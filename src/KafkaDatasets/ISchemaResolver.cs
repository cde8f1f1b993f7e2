namespace KafkaDatasets;

/// <summary>Finds schemas by the ids that records carry: the way to a registry that Confluent's client does not speak to, for example AWS Glue.</summary>
/// <remarks>Each dataset asks for an id once, and again only after a failure. The method may be called by several threads at the same time.</remarks>
public interface ISchemaResolver
{
    /// <summary>Finds a schema.</summary>
    /// <param name="id">The id that a record carries.</param>
    /// <param name="cancellationToken">Cancelled when the dataset no longer waits for the schema.</param>
    /// <returns>The schema; null: there is none with this id, and the record is a bad record.</returns>
    /// <exception cref="Exception">The registry failed: opening or reading the dataset ends with a <see cref="SchemaException"/> that has this exception as its cause.</exception>
    ValueTask<ResolvedSchema?> ResolveAsync(WriterSchemaId id, CancellationToken cancellationToken);
}
