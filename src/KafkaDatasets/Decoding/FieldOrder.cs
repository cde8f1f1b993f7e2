using KafkaDatasets.Diagnostics;
using KafkaDatasets.Schemas;
using Microsoft.Extensions.Logging;

namespace KafkaDatasets.Decoding;

/// <summary>
/// Warns when the writer's schema orders the numeric fields differently from the dataset's schema: when the options do not name the features,
/// their order is that of the dataset's schema, and a model trained with another version of it expects a different order.
/// </summary>
internal sealed class FieldOrder(string topic, ILoggerFactory? loggers)
{
    private readonly ILogger? _logger = loggers?.CreateLogger(Instruments.Name);
    private readonly HashSet<string> _told = [];
    private volatile bool _isNamed;

    /// <summary>Marks the features as named by a class, so that their order does not depend on the schema.</summary>
    public void FeaturesAreNamed() => _isNamed = true;

    public void Check(SchemaDocument writer, DatasetSchema written, DatasetSchema dataset)
    {
        string[] before = Numbers(written, dataset);
        string[] now = Numbers(dataset, written);
        if (_isNamed || _logger is null || before.SequenceEqual(now))
        {
            return;
        }

        string order = string.Join(", ", before);
        lock (_told)
        {
            if (!_told.Add(order))
            {
                return;
            }
        }

        Log.FieldOrderDiffers(_logger, topic, writer.ToString(), order, string.Join(", ", now));
    }

    /// <summary>Returns the names of the numeric columns that both schemas have, in the order of the first.</summary>
    private static string[] Numbers(DatasetSchema schema, DatasetSchema other) =>
        [.. schema.Columns.Where(c => c.IsNumeric && other.TryGetColumn(c.Name, out DatasetColumn? same) && same.IsNumeric).Select(c => c.Name)];
}
