namespace KafkaDatasets.Schemas;

/// <summary>The schemas that records were written with, by their ids.</summary>
internal interface IWriterSchemas
{
    /// <exception cref="SchemaException">There is no such schema, or the registry failed.</exception>
    ValueTask<SchemaDocument> FindAsync(WriterSchemaId id, CancellationToken cancellationToken);
}
