using Confluent.SchemaRegistry;
using KafkaDatasets.Decoding.Avro;
using KafkaDatasets.Decoding.Json;
using KafkaDatasets.Decoding.Protobuf;
using KafkaDatasets.Fetching;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Decoding;

/// <summary>Binds the format that the options ask for to a snapshot.</summary>
internal static class RecordFormats
{
    private const int SubjectNotFound = 40401;

    public static async ValueTask<DatasetFormat> BindAsync(DatasetSnapshot snapshot, IFetchEngine engine, KafkaDatasetOptions options, CancellationToken cancellationToken)
    {
        if (options.Format is RecordFormat.RegistryFormat registry)
        {
            var schemas = new RegistrySchemas(options.SchemaRegistry!, options.Timeout, options.TimeProvider);
            SchemaDocument reader = await FindReaderAsync(snapshot, engine, schemas, registry, cancellationToken).ConfigureAwait(false);
            return new DatasetFormat(await FramedAsync(reader, snapshot, engine, schemas, options.WantedColumns(), cancellationToken).ConfigureAwait(false), schemas, options.RecordColumns);
        }

        return new DatasetFormat(((RecordFormat.BareFormat)options.Format).Bind(options.WantedColumns()), null, options.RecordColumns);
    }

    private static async ValueTask<IRecordFormat> FramedAsync(SchemaDocument reader, DatasetSnapshot snapshot, IFetchEngine engine, RegistrySchemas schemas, WantedColumns wanted, CancellationToken cancellationToken) => reader.Type switch
    {
        SchemaType.Json => new JsonRecordFormat(reader, wanted),
        SchemaType.Protobuf => ProtobufRecordFormat.Of(reader, await FirstMessageAsync(snapshot, engine, schemas, cancellationToken).ConfigureAwait(false), wanted),
        _ => new AvroRecordFormat(reader, wanted),
    };

    /// <summary>The name of the message that the range's first record is, as a Protobuf schema may have several; null where it cannot be told.</summary>
    private static async ValueTask<string?> FirstMessageAsync(DatasetSnapshot snapshot, IFetchEngine engine, RegistrySchemas schemas, CancellationToken cancellationToken)
    {
        if (await FirstFramingAsync(snapshot, engine, cancellationToken).ConfigureAwait(false) is not var (writer, rest))
        {
            return null;
        }

        try
        {
            return ProtobufRecordFormat.MessageOf(await writer.FindAsync(schemas, cancellationToken).ConfigureAwait(false), rest);
        }
        catch (Exception e) when (e is MalformedValueException or SchemaException { IsRegistryFault: false })
        {
            return null;
        }
    }

    /// <summary>The newest schema of the topic's subject; where the topic was written under another subject, that of the range's first record.</summary>
    private static async ValueTask<SchemaDocument> FindReaderAsync(DatasetSnapshot snapshot, IFetchEngine engine, RegistrySchemas schemas, RecordFormat.RegistryFormat registry, CancellationToken cancellationToken)
    {
        try
        {
            return await schemas.GetAsync(registry.Subject ?? $"{snapshot.Topic}-value", registry.Version, cancellationToken).ConfigureAwait(false);
        }
        catch (SchemaException e) when (e.ErrorCode == SubjectNotFound && registry.Subject is null)
        {
            if (await FirstFramingAsync(snapshot, engine, cancellationToken).ConfigureAwait(false) is not var (writer, _))
            {
                throw;
            }

            return await writer.FindAsync(schemas, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The writer of the range's first record, and what follows its id; null where there is no record, or it has no framing.</summary>
    private static async ValueTask<(WriterId Writer, byte[] Framing)?> FirstFramingAsync(DatasetSnapshot snapshot, IFetchEngine engine, CancellationToken cancellationToken)
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
                        return ReadFraming(chunk);
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

    private static (WriterId Writer, byte[] Framing) ReadFraming(RecordChunk chunk)
    {
        ref readonly RecordEntry first = ref chunk.Entries[0];
        ReadOnlySpan<byte> value = chunk.Value(first);
        WriterId writer = WriterId.Read(chunk, first, ref value, out ReadOnlySpan<byte> rest);
        return (writer, value.Length == first.ValueLength ? rest.ToArray() : value.ToArray());
    }
}
