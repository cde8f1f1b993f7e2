namespace KafkaDatasets.Schemas;

/// <summary>Finds the schemas that records were written with, by id.</summary>
internal interface IWriterSchemas
{
    /// <exception cref="SchemaException">The schema does not exist, or the registry failed.</exception>
    ValueTask<SchemaDocument> FindAsync(WriterSchemaId id, CancellationToken cancellationToken);

    /// <summary>Whether a schema is a version of a subject; false when schemas have no subjects.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="subject">The subject.</param>
    /// <param name="newest">The subject's newest version.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    ValueTask<bool> IsVersionAsync(SchemaDocument schema, string subject, int newest, CancellationToken cancellationToken);
}
