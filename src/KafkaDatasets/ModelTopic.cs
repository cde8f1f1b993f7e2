using System.Security.Cryptography;
using System.Text.Json;
using Confluent.Kafka;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.MLNet;
using KafkaDatasets.Scoring;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.ML;

namespace KafkaDatasets;

/// <summary>Publishes models to a compacted topic, from which scorers take them (<see cref="ModelSource.Topic"/>).</summary>
public static class ModelTopic
{
    /// <summary>The number of bytes in a record: less than the size of a message that brokers accept by default.</summary>
    private const int ChunkBytes = 512 << 10;

    /// <summary>Publishes a model: its bytes in records of at most 512 KiB, then a manifest with their checksum. Older versions are deleted.</summary>
    /// <param name="topic">The topic; it is created, with one partition and compaction, if it does not exist.</param>
    /// <param name="name">The model's name in the topic; it contains no slash.</param>
    /// <param name="model">The model.</param>
    /// <param name="inputSchema">The schema of the rows that the model was trained with.</param>
    /// <param name="options">The cluster; only the settings of clients and of new topics are used.</param>
    /// <param name="keep">The number of versions that the topic keeps, at least 1. Default 3.</param>
    /// <param name="cancellationToken">Cancels publishing; scorers ignore an incomplete version.</param>
    /// <returns>The version, which the scores of the model carry: the name, <c>@</c>, and the first digits of the SHA-256 of the model's bytes.</returns>
    /// <exception cref="InvalidOptionsException">The options are invalid; the message lists every problem found.</exception>
    /// <exception cref="BrokerException">No broker could be reached in time, or access was denied.</exception>
    /// <exception cref="KafkaWriteException">The topic does not accept the model, or the brokers did not acknowledge it in time.</exception>
    /// <exception cref="ModelException">The model cannot be saved.</exception>
    /// <example>
    /// <code>
    /// IDataView view = KafkaDataView.FromTopic(ml, "payments", options);
    /// ITransformer model = ml.BinaryClassification.Trainers.SdcaLogisticRegression().Fit(view);
    /// string version = await ModelTopic.PublishAsync("models", "fraud", model, view.Schema, new KafkaWriterOptions { BootstrapServers = bootstrapServers });
    /// </code>
    /// </example>
    public static async Task<string> PublishAsync(
        string topic, string name, ITransformer model, DataViewSchema inputSchema, KafkaWriterOptions options, int keep = 3, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(inputSchema);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(keep, 1);
        if (name.Contains('/', StringComparison.Ordinal))
        {
            throw new ArgumentException($"The name '{name}' contains a slash, which separates names from versions.", nameof(name));
        }

        KafkaWriterOptions client = options with
        {
            Format = WriteFormat.Json,
            Framing = SchemaFraming.None,
            Key = null,
            KeyFormat = null,
            Schema = null,
            Partitions = 1,
            TopicConfig = new Dictionary<string, string>(options.TopicConfig) { ["cleanup.policy"] = "compact" },
        };
        client.Validate(topic);
        using var stream = new MemoryStream();
        ModelSaving.Save(new MLContext(), model, inputSchema, stream, "The model");
        byte[] content = stream.ToArray();
        string version = LoadedModel.VersionOf(name, content);
        var manifest = new ModelManifest(version, (content.Length + ChunkBytes - 1) / ChunkBytes, content.Length, Convert.ToHexStringLower(SHA256.HashData(content)), options.TimeProvider.GetUtcNow());
        using var producer = new ScoreProducer(client, null, null);
        await producer.EnsureTopicAsync(topic, client, cancellationToken).ConfigureAwait(false);
        try
        {
            await Task.Run(Publish, cancellationToken).ConfigureAwait(false);
        }
        catch (TransactionFailedException e)
        {
            throw new KafkaWriteException($"The model '{version}' could not be written to topic '{topic}': {e.Message}", e)
            {
                Topic = topic,
                Partition = 0,
                NotWritten = manifest.Chunks + 1,
                ErrorCode = (int?)e.Error?.Code,
                IsAccessDenied = e.Error is { } error && Clients.ClientErrors.IsAccessDenied(error),
            };
        }

        return version;

        void Publish()
        {
            for (int i = 0; i < manifest.Chunks; i++)
            {
                producer.Produce(new TopicPartition(topic, 0), ModelKeys.Chunk(name, version, i), content.AsSpan(i * ChunkBytes, Math.Min(ChunkBytes, content.Length - (i * ChunkBytes))).ToArray(), cancellationToken);
            }

            producer.Produce(new TopicPartition(topic, 0), ModelKeys.Manifest(name, version), JsonSerializer.SerializeToUtf8Bytes(manifest, ModelManifestJson.Default.ModelManifest), cancellationToken);
            producer.Flush(cancellationToken);
            DeleteOld(producer, topic, name, client, keep, cancellationToken);
        }
    }

    private static void DeleteOld(ScoreProducer producer, string topic, string name, KafkaWriterOptions client, int keep, CancellationToken cancellationToken)
    {
        ILogger logger = client.LoggerFactory?.CreateLogger(Instruments.Name) ?? NullLogger.Instance;
        using var reader = new ModelTopicReader(topic, name, new Fetching.FetchContext(client.BootstrapServers, client.ClientConfig, DataLossPolicy.Skip, client.Timeout, logger, client.TimeProvider) { TokenProvider = client.OAuthBearerTokenProvider });
        reader.ReadToEnd(cancellationToken);
        foreach (ModelManifest old in reader.Manifests.Skip(keep))
        {
            producer.Produce(new TopicPartition(topic, 0), ModelKeys.Manifest(name, old.Version), null, cancellationToken);
            for (int i = 0; i < old.Chunks; i++)
            {
                producer.Produce(new TopicPartition(topic, 0), ModelKeys.Chunk(name, old.Version, i), null, cancellationToken);
            }
        }

        producer.Flush(cancellationToken);
    }
}
