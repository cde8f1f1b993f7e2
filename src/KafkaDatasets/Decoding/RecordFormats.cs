using Confluent.SchemaRegistry;
using KafkaDatasets.Decoding.Avro;
using KafkaDatasets.Fetching;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Decoding;

/// <summary>Binds the format that the options ask for to a snapshot.</summary>
internal static class RecordFormats
{
    private const int SubjectNotFound = 40401;

    public static async ValueTask<DatasetFormat> BindAsync(DatasetSnapshot snapshot, IFetchEngine engine, KafkaDatasetOptions options, CancellationToken cancellationToken)
    {
        switch (options.Format)
        {
            case RecordFormat.AvroFormat avro:
                return new DatasetFormat(new AvroRecordFormat(SchemaDocument.OfOptions(SchemaType.Avro, avro.SchemaJson), options.WantedColumns()), null, options.RecordColumns);
            case RecordFormat.BoundFormat bound:
                return new DatasetFormat(bound.Format, null, options.RecordColumns);
            default:
                var registry = (RecordFormat.RegistryFormat)options.Format;
                var schemas = new RegistrySchemas(options.SchemaRegistry!, options.Timeout, options.TimeProvider);
                SchemaDocument reader = await FindReaderAsync(snapshot, engine, schemas, registry, cancellationToken).ConfigureAwait(false);
                return new DatasetFormat(Bind(reader, options), schemas, options.RecordColumns);
        }
    }

    private static IRecordFormat Bind(SchemaDocument reader, KafkaDatasetOptions options) => reader.Type switch
    {
        SchemaType.Avro => new AvroRecordFormat(reader, options.WantedColumns()),
        _ => throw new SchemaException($"The schema of {reader.Name} is of type {reader.Type}; this version reads Avro.") { SchemaId = reader.Id },
    };

    /// <summary>The newest schema of the topic's subject; where the topic was written under another subject, that of the range's first record.</summary>
    private static async ValueTask<SchemaDocument> FindReaderAsync(DatasetSnapshot snapshot, IFetchEngine engine, RegistrySchemas schemas, RecordFormat.RegistryFormat registry, CancellationToken cancellationToken)
    {
        try
        {
            return await schemas.GetAsync(registry.Subject ?? $"{snapshot.Topic}-value", registry.Version, cancellationToken).ConfigureAwait(false);
        }
        catch (SchemaException e) when (e.ErrorCode == SubjectNotFound && registry.Subject is null)
        {
            SchemaDocument? first = await FirstWriterAsync(snapshot, engine, schemas, cancellationToken).ConfigureAwait(false);
            if (first is null)
            {
                throw;
            }

            return first;
        }
    }

    private static async ValueTask<SchemaDocument?> FirstWriterAsync(DatasetSnapshot snapshot, IFetchEngine engine, RegistrySchemas schemas, CancellationToken cancellationToken)
    {
        await using IRecordSource source = engine.OpenSource(snapshot, KafkaDatasetOptions.MinPrefetchBytes);
        for (int i = 0; i < snapshot.Partitions.Count; i++)
        {
            while (snapshot.Partitions[i].Length > 0 && await source.ReadAsync(i, cancellationToken).ConfigureAwait(false) is { } chunk)
            {
                try
                {
                    if (chunk.Count > 0)
                    {
                        WriterId writer = ReadWriter(chunk);
                        return await writer.FindAsync(schemas, cancellationToken).ConfigureAwait(false);
                    }
                }
                catch (MalformedValueException)
                {
                    return null;
                }
                finally
                {
                    chunk.Release();
                }
            }
        }

        return null;
    }

    private static WriterId ReadWriter(RecordChunk chunk)
    {
        ref readonly RecordEntry first = ref chunk.Entries[0];
        ReadOnlySpan<byte> value = chunk.Value(first);
        return WriterId.Read(chunk, first, ref value, out _);
    }
}
