using System.Diagnostics;
using Confluent.SchemaRegistry;
using KafkaDatasets.Decoding;
using KafkaDatasets.Formats.Avro;
using KafkaDatasets.Formats.Json;
using KafkaDatasets.Formats.Protobuf;
using KafkaDatasets.Schemas;
using Microsoft.Extensions.Logging;

namespace KafkaDatasets.Formats;

/// <summary>
/// Warns on opening when features are taken in the order of the newest schema, and the first version orders them differently: for a model trained earlier, they have
/// swapped places.
/// </summary>
internal static class SchemaOrder
{
    private const int OldestVersion = 1;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(3);

    /// <summary>Compares the dataset's schema with the subject's first version: one request, whose failure is ignored.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="options">The options.</param>
    /// <param name="format">The format of the records.</param>
    /// <param name="logger">The logger for warnings.</param>
    /// <param name="cancellationToken">Cancels the comparison.</param>
    public static async ValueTask CheckAsync(string topic, KafkaDatasetOptions options, DatasetFormat format, ILogger logger, CancellationToken cancellationToken)
    {
        if (options is not { Features: null, SchemaRegistry: { } client, Format: RecordFormat.RegistryFormat { Version: null } registry } || format.Order is not { } order || !logger.IsEnabled(LogLevel.Warning))
        {
            return;
        }

        try
        {
            var schemas = new RegistrySchemas(client, options.Timeout < Longest ? options.Timeout : Longest, options.TimeProvider);
            SchemaDocument oldest = await schemas.GetAsync(registry.Subject ?? DataPart.Value.Subject(topic), OldestVersion, cancellationToken).ConfigureAwait(false);
            order.Check(oldest, SchemaOf(oldest, registry.Message, options.WantedColumns(DataPart.Value.Root)), format.Schema);
        }
        catch (KafkaDatasetException)
        {
            // the oldest version may be deleted or of another format: then there is nothing to compare
        }
    }

    private static DatasetSchema SchemaOf(SchemaDocument schema, string? message, WantedColumns wanted) => schema.Type switch
    {
        SchemaType.Avro => new AvroRecordFormat(schema, wanted).Schema,
        SchemaType.Json => new JsonRecordFormat(schema, wanted).Schema,
        SchemaType.Protobuf => ProtobufRecordFormat.Of(schema, message, wanted).Schema,
        _ => throw new UnreachableException(),
    };
}
