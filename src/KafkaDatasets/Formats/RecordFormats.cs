using System.Diagnostics;
using Confluent.SchemaRegistry;
using KafkaDatasets.Decoding;
using KafkaDatasets.Fetching;
using KafkaDatasets.Formats.Avro;
using KafkaDatasets.Formats.Json;
using KafkaDatasets.Formats.Protobuf;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Formats;

/// <summary>Binds the formats that the options ask for to a snapshot.</summary>
internal sealed class RecordFormats
{
    private const int SubjectNotFound = 40401;

    private readonly string _topic;
    private readonly KafkaDatasetOptions _options;
    private readonly FirstRecord _first;
    private readonly Lazy<RegistrySchemas> _schemas;

    private RecordFormats(DatasetSnapshot snapshot, IFetchEngine engine, KafkaDatasetOptions options)
    {
        _topic = snapshot.Topic;
        _options = options;
        _first = new FirstRecord(snapshot, engine);
        _schemas = new(() => new RegistrySchemas(options.SchemaRegistry!, options.Timeout, options.TimeProvider));
    }

    public static async ValueTask<DatasetFormat> BindAsync(DatasetSnapshot snapshot, IFetchEngine engine, KafkaDatasetOptions options, CancellationToken cancellationToken)
    {
        var formats = new RecordFormats(snapshot, engine, options);
        PartFormat value = await formats.BindAsync(DataPart.Value, options.Format, cancellationToken).ConfigureAwait(false);
        PartFormat? key = (options.KeyFormat ?? options.Format.KeyFormat) is { } format ? await formats.BindAsync(DataPart.Key, format, cancellationToken).ConfigureAwait(false) : null;
        return new DatasetFormat(value, key, options.RecordColumns);
    }

    private async ValueTask<PartFormat> BindAsync(DataPart part, RecordFormat format, CancellationToken cancellationToken)
    {
        WantedColumns wanted = _options.WantedColumns(part.Root);
        if (format is not RecordFormat.RegistryFormat registry)
        {
            return new PartFormat(part, ((RecordFormat.BareFormat)format).Bind(wanted), null);
        }

        SchemaDocument reader = await FindReaderAsync(part, registry, cancellationToken).ConfigureAwait(false);
        if (registry.Message is { } name && reader.Type != SchemaType.Protobuf)
        {
            throw new SchemaException($"The schema of {reader} is of type {reader.Type}, which has no messages, and the message '{name}' is asked for: leave it out, or name another subject.") { SchemaId = reader.Id };
        }

        IRecordFormat bound = reader.Type switch
        {
            SchemaType.Json => new JsonRecordFormat(reader, wanted),
            SchemaType.Protobuf => ProtobufRecordFormat.Of(reader, registry.Message ?? await FirstMessageAsync(part, cancellationToken).ConfigureAwait(false), wanted),
            SchemaType.Avro => new AvroRecordFormat(reader, wanted),
            _ => throw new UnreachableException($"schema type {reader.Type}"),
        };
        return new PartFormat(part, bound, _schemas.Value) { Subject = registry.Subject ?? part.Subject(_topic) };
    }

    /// <summary>The name of the message that the range's first record has, as a Protobuf schema may have several; null where it cannot be told.</summary>
    private async ValueTask<string?> FirstMessageAsync(DataPart part, CancellationToken cancellationToken)
    {
        if (await _first.FramingAsync(part, cancellationToken).ConfigureAwait(false) is not var (writer, rest))
        {
            return null;
        }

        try
        {
            return ProtobufRecordFormat.MessageOf(await writer.FindAsync(_schemas.Value, cancellationToken).ConfigureAwait(false), rest);
        }
        catch (Exception e) when (e is MalformedValueException or SchemaException { IsRegistryFault: false })
        {
            return null;
        }
    }

    /// <summary>The newest schema of the topic's subject; where the topic was written under another subject, that of the range's first record.</summary>
    private async ValueTask<SchemaDocument> FindReaderAsync(DataPart part, RecordFormat.RegistryFormat registry, CancellationToken cancellationToken)
    {
        try
        {
            return await _schemas.Value.GetAsync(registry.Subject ?? part.Subject(_topic), registry.Version, cancellationToken).ConfigureAwait(false);
        }
        catch (SchemaException e) when (e.ErrorCode == SubjectNotFound && registry.Subject is null)
        {
            if (await _first.FramingAsync(part, cancellationToken).ConfigureAwait(false) is not var (writer, _))
            {
                throw;
            }

            return await writer.FindAsync(_schemas.Value, cancellationToken).ConfigureAwait(false);
        }
    }
}
