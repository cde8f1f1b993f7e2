using System.Diagnostics;
using Confluent.SchemaRegistry;
using KafkaDatasets.Decoding;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Formats.Avro;
using KafkaDatasets.Formats.Json;
using KafkaDatasets.Formats.Protobuf;
using KafkaDatasets.Schemas;
using Microsoft.Extensions.Logging;

namespace KafkaDatasets.Formats;

/// <summary>
/// Warns where features are taken in the order of the newest schema, and an older one has them in another: to a model that was trained before, they have changed places,
/// and nothing else would tell.
/// </summary>
internal static class SchemaOrder
{
    private const int OldestVersion = 1;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(3);

    /// <summary>Compares the features with the first version of the subject: one request, which may fail without a word.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="options">The options.</param>
    /// <param name="features">The names of the features, in their order.</param>
    /// <param name="logger">Where to warn.</param>
    /// <param name="cancellationToken">Ends the comparison.</param>
    public static async ValueTask WarnAsync(string topic, KafkaDatasetOptions options, IReadOnlyList<string> features, ILogger logger, CancellationToken cancellationToken)
    {
        if (options is not { Features: null, SchemaRegistry: { } client, Format: RecordFormat.RegistryFormat { Version: null } format } || features.Count < 2 || !logger.IsEnabled(LogLevel.Warning))
        {
            return;
        }

        string subject = format.Subject ?? DataPart.Value.Subject(topic);
        try
        {
            var schemas = new RegistrySchemas(client, options.Timeout < Longest ? options.Timeout : Longest, options.TimeProvider);
            SchemaDocument oldest = await schemas.GetAsync(subject, OldestVersion, cancellationToken).ConfigureAwait(false);
            HashSet<string> names = [.. features];
            string[] before = [.. ColumnsOf(oldest, format.Message, options.WantedColumns(DataPart.Value.Root)).Select(c => c.Name).Where(names.Contains)];
            if (!features.Where(before.Contains).SequenceEqual(before))
            {
                Log.FieldOrderChanged(logger, subject, OldestVersion, string.Join(", ", before), string.Join(", ", features));
            }
        }
        catch (KafkaDatasetException)
        {
            // the oldest version may be deleted, or be of another format: then there is nothing to compare
        }
    }

    private static IReadOnlyList<DatasetColumn> ColumnsOf(SchemaDocument schema, string? message, WantedColumns wanted) => schema.Type switch
    {
        SchemaType.Avro => new AvroRecordFormat(schema, wanted).Schema.Columns,
        SchemaType.Json => new JsonRecordFormat(schema, wanted).Schema.Columns,
        SchemaType.Protobuf => ProtobufRecordFormat.Of(schema, message, wanted).Schema.Columns,
        _ => throw new UnreachableException(),
    };
}
