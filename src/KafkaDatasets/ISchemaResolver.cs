namespace KafkaDatasets;

/// <summary>Finds schemas by the ids that records carry; implement it for registries that Confluent's client does not support, for example AWS Glue.</summary>
/// <remarks>Each dataset requests an id once, and again only after a failure. Implementations must be thread-safe.</remarks>
public interface ISchemaResolver
{
    /// <summary>Finds a schema.</summary>
    /// <param name="id">The id that a record carries.</param>
    /// <param name="cancellationToken">Cancelled when the dataset no longer waits for the schema.</param>
    /// <returns>The schema; null if the registry has no schema with this id, which makes the record a bad record.</returns>
    /// <exception cref="Exception">The registry failed: opening or reading the dataset throws a <see cref="SchemaException"/> with this exception as its inner exception.</exception>
    ValueTask<ResolvedSchema?> ResolveAsync(WriterSchemaId id, CancellationToken cancellationToken);
}
