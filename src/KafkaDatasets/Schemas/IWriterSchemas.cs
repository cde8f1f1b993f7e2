namespace KafkaDatasets.Schemas;

/// <summary>The schemas that records were written with, by their ids.</summary>
internal interface IWriterSchemas
{
    /// <exception cref="SchemaException">There is no such schema, or the registry failed.</exception>
    ValueTask<SchemaDocument> FindAsync(WriterSchemaId id, CancellationToken cancellationToken);

    /// <summary>Whether a schema is a version of a subject; false where schemas have no subjects.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="subject">The subject.</param>
    /// <param name="newest">Its newest version.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<bool> IsVersionAsync(SchemaDocument schema, string subject, int newest, CancellationToken cancellationToken);
}
