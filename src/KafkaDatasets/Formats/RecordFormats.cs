using System.Diagnostics;
using Confluent.SchemaRegistry;
using Google.Protobuf.Reflection;
using KafkaDatasets.Decoding;
using KafkaDatasets.Fetching;
using KafkaDatasets.Formats.Avro;
using KafkaDatasets.Formats.Json;
using KafkaDatasets.Formats.Protobuf;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Formats;

/// <summary>Binds the formats in the options to a snapshot.</summary>
internal sealed class RecordFormats
{
    private readonly string _topic;
    private readonly KafkaDatasetOptions _options;
    private readonly FirstRecord _first;
    private readonly NewestSchemas _schemas;

    private RecordFormats(DatasetSnapshot snapshot, IFetchEngine engine, KafkaDatasetOptions options, NewestSchemas schemas)
    {
        _topic = snapshot.Topic;
        _options = options;
        _first = new FirstRecord(snapshot, engine);
        _schemas = schemas;
    }

    public static async ValueTask<DatasetFormat> BindAsync(DatasetSnapshot snapshot, IFetchEngine engine, KafkaDatasetOptions options, NewestSchemas schemas, CancellationToken cancellationToken)
    {
        var formats = new RecordFormats(snapshot, engine, options, schemas);
        PartFormat value = await formats.BindAsync(DataPart.Value, options.Format, cancellationToken).ConfigureAwait(false);
        PartFormat? key = (options.KeyFormat ?? options.Format.KeyFormat) is { } format ? await formats.BindAsync(DataPart.Key, format, cancellationToken).ConfigureAwait(false) : null;
        return new DatasetFormat(value, key, options.RecordColumns, options.EnumsAsText);
    }

    private ValueTask<PartFormat> BindAsync(DataPart part, RecordFormat format, CancellationToken cancellationToken) => format switch
    {
        RecordFormat.BareFormat bare => ValueTask.FromResult(new PartFormat(part, bare.Bind(_options.WantedColumns(part.Root)), null) { Name = bare.ToString(), Framing = bare.Framing }),
        RecordFormat.RegistryFormat registry => BindAsync(part, registry, cancellationToken),
        RecordFormat.ResolverFormat resolver => BindAsync(part, resolver, cancellationToken),
        _ => throw new UnreachableException(),
    };

    private async ValueTask<PartFormat> BindAsync(DataPart part, RecordFormat.RegistryFormat format, CancellationToken cancellationToken)
    {
        RecordFraming framing = format.Framing ?? RecordFraming.Confluent;
        SchemaDocument columns = await FindColumnsAsync(part, format, framing, cancellationToken).ConfigureAwait(false);
        return (await BindAsync(part, columns, format.Message, _schemas.Registry, framing, cancellationToken).ConfigureAwait(false)) with { Subject = format.Subject ?? part.Subject(_topic) };
    }

    private async ValueTask<PartFormat> BindAsync(DataPart part, RecordFormat.ResolverFormat format, CancellationToken cancellationToken)
    {
        RecordFraming framing = format.Framing!;
        var schemas = new ResolverSchemas(format.Schemas, _options.Timeout, _options.TimeProvider);
        SchemaDocument columns =
            format.Columns is { } given ? SchemaDocument.Of(given, null, SchemaDocument.Options)
            : await _first.ReadFrameAsync(part, framing, cancellationToken).ConfigureAwait(false) is { } frame ? await schemas.FindAsync(frame.Schema, cancellationToken).ConfigureAwait(false)
            : throw new SchemaException($"The columns of topic '{_topic}' are unknown: the range has no record, or its first record has no {part} in the frame that {nameof(RecordFormat)}.{nameof(RecordFormat.Resolver)} was given. Check the framing, or give the schema as 'columns'. {await _first.DescribeAsync(part, framing, cancellationToken).ConfigureAwait(false)}") { Topic = _topic };
        return await BindAsync(part, columns, format.Message, schemas, framing, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<PartFormat> BindAsync(DataPart part, SchemaDocument columns, string? message, IWriterSchemas schemas, RecordFraming framing, CancellationToken cancellationToken)
    {
        if (message is not null && columns.Type != SchemaType.Protobuf)
        {
            throw new SchemaException($"The schema of {columns} is of type {columns.Type}, which has no messages, and the message '{message}' is asked for: leave it out, or name another subject.") { SchemaId = columns.Id };
        }

        WantedColumns wanted = _options.WantedColumns(part.Root);
        IRecordFormat bound = columns.Type switch
        {
            SchemaType.Avro => new AvroRecordFormat(columns, wanted),
            SchemaType.Json => new JsonRecordFormat(columns, wanted),
            SchemaType.Protobuf => message is null && await FirstMessageAsync(part, framing, schemas, cancellationToken).ConfigureAwait(false) is { } first
                ? ProtobufRecordFormat.OfFirst(columns, first, wanted)
                : ProtobufRecordFormat.Of(columns, message, wanted),
            _ => throw new UnreachableException(),
        };
        return new PartFormat(part, bound, new PersistentSchemas(schemas, _options.Timeout, _options.TimeProvider, _options.LoggerFactory))
        {
            Name = columns.Type.ToString(),
            Framing = framing,
            Order = _options.Features is null ? new FieldOrder(_topic, _options.LoggerFactory) : null,
        };
    }

    /// <summary>Returns the message of the range's first record, as a Protobuf schema may have several; null when it cannot be determined.</summary>
    private async ValueTask<MessageDescriptor?> FirstMessageAsync(DataPart part, RecordFraming framing, IWriterSchemas schemas, CancellationToken cancellationToken)
    {
        if (await _first.ReadFrameAsync(part, framing, cancellationToken).ConfigureAwait(false) is not { } frame)
        {
            return null;
        }

        try
        {
            return ProtobufRecordFormat.MessageOf(await schemas.FindAsync(frame.Schema, cancellationToken).ConfigureAwait(false), framing.Marking, frame);
        }
        catch (Exception e) when (e is MalformedValueException or SchemaException { IsRegistryFault: false })
        {
            return null;
        }
    }

    /// <summary>Returns the newest schema of the topic's subject or, if the topic uses another subject, that of the range's first record.</summary>
    private async ValueTask<SchemaDocument> FindColumnsAsync(DataPart part, RecordFormat.RegistryFormat format, RecordFraming framing, CancellationToken cancellationToken)
    {
        string subject = format.Subject ?? part.Subject(_topic);
        try
        {
            return await _schemas.FindAsync(part).ConfigureAwait(false);
        }
        catch (SchemaException e) when (e.ErrorCode == RegistryErrors.SubjectNotFound)
        {
            if (format.Subject is null && await _first.ReadFrameAsync(part, framing, cancellationToken).ConfigureAwait(false) is { } frame)
            {
                return await _schemas.Registry.FindAsync(frame.Schema, cancellationToken).ConfigureAwait(false);
            }

            string? similar = await _schemas.Registry.FindSimilarSubjectAsync(subject, cancellationToken).ConfigureAwait(false);
            string? look = format.Subject is null ? await _first.DescribeAsync(part, framing, cancellationToken).ConfigureAwait(false) : null;
            if (similar is null && look is null)
            {
                throw;
            }

            throw new SchemaException($"{e.Message}{(similar is null ? "" : $" Did you mean '{similar}'?")}{(look is null ? "" : $" {look}")}", e) { ErrorCode = e.ErrorCode, HttpStatus = e.HttpStatus };
        }
    }
}
