using KafkaDatasets.Decoding;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Formats;

/// <summary>The schemas by which a topic's columns are named, requested from the registry while the brokers are asked for the topic's offsets: in a new process each of the two takes a tenth of a second.</summary>
internal sealed class NewestSchemas
{
    private readonly Dictionary<DataPart, Task<SchemaDocument>> _requests = [];
    private readonly RegistrySchemas? _registry;

    private NewestSchemas(KafkaDatasetOptions options)
    {
        _registry = options.SchemaRegistry is { } client ? new RegistrySchemas(client, options.Timeout, options.TimeProvider) : null;
    }

    /// <summary>The registry; only for a topic of which a part has its schemas there.</summary>
    public RegistrySchemas Registry => _registry!;

    /// <summary>Requests the schemas of the parts that have theirs in the registry.</summary>
    public static NewestSchemas Request(string topic, KafkaDatasetOptions options, CancellationToken cancellationToken)
    {
        var schemas = new NewestSchemas(options);
        schemas.Request(DataPart.Value, options.Format, topic, cancellationToken);
        schemas.Request(DataPart.Key, options.KeyFormat ?? options.Format.KeyFormat, topic, cancellationToken);
        return schemas;
    }

    /// <summary>The schema of a part: the newest of its subject, or the version that the format names.</summary>
    /// <exception cref="SchemaException">The registry has no such schema, or cannot be reached.</exception>
    public Task<SchemaDocument> FindAsync(DataPart part) => _requests[part];

    private void Request(DataPart part, RecordFormat? format, string topic, CancellationToken cancellationToken)
    {
        if (format is RecordFormat.RegistryFormat registry)
        {
            Task<SchemaDocument> request = Registry.GetAsync(registry.Subject ?? part.Subject(topic), registry.Version, cancellationToken).AsTask();
            _ = request.ContinueWith(static r => r.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default); // nobody asks for it when the brokers fail first
            _requests.Add(part, request);
        }
    }
}
