using Confluent.SchemaRegistry;
using KafkaDatasets;
using Microsoft.Extensions.Logging;
using SusyDemo.Data;
using SusyDemo.Settings;

namespace SusyDemo.Kafka;

/// <summary>The cluster and its schema registry, a real one or one inside this process.</summary>
internal sealed class KafkaCluster : IDisposable
{
    public const int Partitions = 6;

    private readonly ClusterSettings _settings;
    private readonly ILoggerFactory? _loggerFactory;
    private readonly CachedSchemaRegistryClient _registry;
    private readonly EmbeddedKafka? _embedded;

    private KafkaCluster(ClusterSettings settings, ILoggerFactory? loggerFactory, EmbeddedKafka? embedded)
    {
        _settings = settings;
        _loggerFactory = loggerFactory;
        _embedded = embedded;
        var config = new SchemaRegistryConfig { Url = settings.SchemaRegistryUrl };
        if (settings.SchemaRegistryUserInfo is { } userInfo)
        {
            config.BasicAuthCredentialsSource = AuthCredentialsSource.UserInfo;
            config.BasicAuthUserInfo = userInfo;
        }

        if (settings.SchemaRegistryCaFile is { } caFile)
        {
            config.SslCaLocation = caFile;
        }

        _registry = new CachedSchemaRegistryClient(config);
    }

    public bool IsEmbedded => _embedded is not null;

    public static KafkaCluster Connect(ClusterSettings settings, ILoggerFactory? loggerFactory) => new(settings, loggerFactory, null);

    public static KafkaCluster StartEmbedded(ILoggerFactory? loggerFactory)
    {
        EmbeddedKafka embedded = EmbeddedKafka.Start();
        return new KafkaCluster(new ClusterSettings(embedded.BootstrapServers, embedded.SchemaRegistryUrl), loggerFactory, embedded);
    }

    /// <summary>Opens a topic of events.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="features">The features, in their order; null: all that the topic has.</param>
    /// <param name="cancellationToken">Ends the opening.</param>
    /// <param name="snapshot">The offsets to read, as JSON; null: all that the topic has now.</param>
    public async Task<KafkaEventData> OpenAsync(string topic, IReadOnlyList<string>? features, CancellationToken cancellationToken, string? snapshot = null)
    {
        KafkaDatasetOptions options = OptionsFor(features);
        options = snapshot is null ? options : options with { Range = TopicRange.Snapshot(DatasetSnapshot.Parse(snapshot)) };
        return new(await KafkaDataset.OpenAsync(topic, options, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>How a topic of events is read.</summary>
    /// <param name="features">The features, in their order; null: all that the topic has.</param>
    public KafkaDatasetOptions OptionsFor(IReadOnlyList<string>? features) => new()
    {
        BootstrapServers = _settings.BootstrapServers,
        ClientConfig = _settings.ClientConfig,
        SchemaRegistry = _registry,
        Label = LabelColumn.Binary(SusyFields.Label),
        Features = features,
        LoggerFactory = _loggerFactory,
    };

    /// <summary>How many offsets a topic has; 0 if there is no such topic.</summary>
    public async Task<long> LengthAsync(string topic, CancellationToken cancellationToken)
    {
        var options = new KafkaDatasetOptions
        {
            BootstrapServers = _settings.BootstrapServers,
            ClientConfig = _settings.ClientConfig,
            Format = RecordFormat.Avro(SusySchema.ToJson(SusyFields.All, false)),
            LoggerFactory = _loggerFactory,
        };
        try
        {
            await using KafkaDataset dataset = await KafkaDataset.OpenAsync(topic, options, cancellationToken).ConfigureAwait(false);
            return dataset.Snapshot.Length;
        }
        catch (TopicNotFoundException)
        {
            return 0;
        }
    }

    /// <summary>Opens a topic for writing; creates it, never to lose a record, if there is none.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="schema">The Avro schema of the events.</param>
    /// <param name="cancellationToken">Ends the opening.</param>
    public Task<KafkaRecordWriter<SusyRecord>> OpenWriterAsync(string topic, string schema, CancellationToken cancellationToken)
    {
        var options = new KafkaWriterOptions
        {
            BootstrapServers = _settings.BootstrapServers,
            ClientConfig = _settings.ClientConfig,
            SchemaRegistry = _registry,
            Schema = schema,
            Partitions = Partitions,
            TopicConfig = new Dictionary<string, string> { ["retention.ms"] = "-1" },
            LoggerFactory = _loggerFactory,
        };
        return KafkaRecordWriter<SusyRecord>.OpenAsync(topic, options, cancellationToken);
    }

    public void Dispose()
    {
        _registry.Dispose();
        _embedded?.Dispose();
    }

    public override string ToString() => IsEmbedded ? "the embedded broker" : _settings.ToString();
}
