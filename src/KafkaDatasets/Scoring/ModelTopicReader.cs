using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using KafkaDatasets.Clients;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Fetching;
using KafkaDatasets.Fetching.Consumer;
using Microsoft.Extensions.Logging;

namespace KafkaDatasets.Scoring;

/// <summary>Follows the records of one model in a model topic, which has one partition.</summary>
internal sealed class ModelTopicReader : IDisposable
{
    private const long QueuedBytes = 16L << 20;

    private static readonly TimeSpan PollTime = TimeSpan.FromMilliseconds(100);

    private readonly string _topic;
    private readonly string _name;
    private readonly FetchContext _context;
    private readonly ClientHealth _health;
    private readonly IConsumer<string, byte[]?> _consumer;
    private readonly Dictionary<(string Version, int Chunk), byte[]> _chunks = [];
    private readonly List<(long Offset, ModelManifest Manifest)> _manifests = [];
    private bool _isAtEnd;

    public ModelTopicReader(string topic, string name, FetchContext context)
    {
        _topic = topic;
        _name = name;
        _context = context;
        _health = new ClientHealth(context.Logger, context.TimeProvider);
        ConsumerBuilder<string, byte[]?> builder = new ConsumerBuilder<string, byte[]?>(ConsumerSettings.For(context, QueuedBytes))
            .SetKeyDeserializer(new LenientText())
            .SetValueDeserializer(Deserializers.ByteArray!)
            .SetErrorHandler((_, error) => _health.Report(error))
            .SetLogHandler((_, message) => Log.Client(context.Logger, (LogLevel)message.LevelAs(LogLevelType.MicrosoftExtensionsLogging), message.Name, message.Message));
        if (context.TokenProvider is { } provider)
        {
            var tokens = new TokenRefresh(provider, context.Timeout, context.TimeProvider);
            builder.SetOAuthBearerTokenRefreshHandler((c, _) => tokens.Refresh(c));
        }

        try
        {
            _consumer = builder.Build();
            _consumer.Assign(new TopicPartitionOffset(topic, 0, Offset.Beginning));
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or KafkaException)
        {
            throw ConsumerSettings.Refused(e);
        }
    }

    /// <summary>The versions in the topic, the newest first.</summary>
    public IEnumerable<ModelManifest> Manifests => _manifests.OrderByDescending(m => m.Offset).Select(m => m.Manifest);

    /// <summary>The exception for a topic that does not exist.</summary>
    public static ModelException Missing(string topic, Exception cause) =>
        new($"The model topic '{topic}' does not exist: publish a model with {nameof(ModelTopic)}.{nameof(ModelTopic.PublishAsync)}.", cause) { Topic = topic };

    /// <summary>Reads up to the end of the topic. Blocks.</summary>
    /// <exception cref="ModelException">The brokers did not respond in time.</exception>
    public void ReadToEnd(CancellationToken cancellationToken)
    {
        long since = _context.TimeProvider.GetTimestamp();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                if (_consumer.Consume(PollTime) is { } result)
                {
                    _isAtEnd = result.IsPartitionEOF;
                    if (_isAtEnd)
                    {
                        return;
                    }

                    Take(result);
                    since = _context.TimeProvider.GetTimestamp();
                    continue;
                }

                if (_isAtEnd)
                {
                    return; // the client reports the end only once each time that it is reached
                }
            }
            catch (ConsumeException e) when (ClientErrors.IsUnknownTopic(e.Error))
            {
                throw Missing(_topic, e);
            }
            catch (ConsumeException e)
            {
                Log.ClientError(_context.Logger, $"{e.Error.Code}: {e.Error.Reason}");
            }

            if (_health.Hopeless.IsCompletedSuccessfully || _context.TimeProvider.GetElapsedTime(since) > _context.Timeout)
            {
                throw new ModelException($"The model topic '{_topic}' cannot be read: {(_health.Last is { } last ? ClientErrors.Describe(last, "READ on the topic") : "no broker responded")}.") { Topic = _topic };
            }

        }
    }

    /// <summary>The bytes of a version.</summary>
    /// <exception cref="ModelException">They are incomplete or damaged.</exception>
    public byte[] ContentOf(ModelManifest manifest)
    {
        using var content = new MemoryStream();
        for (int i = 0; i < manifest.Chunks; i++)
        {
            if (!_chunks.TryGetValue((manifest.Version, i), out byte[]? chunk))
            {
                throw Damaged(manifest, $"chunk {i} of {manifest.Chunks} is missing");
            }

            content.Write(chunk);
        }

        byte[] bytes = content.ToArray();
        return bytes.Length == manifest.Bytes && Convert.ToHexStringLower(SHA256.HashData(bytes)) == manifest.Sha256
            ? bytes
            : throw Damaged(manifest, "its bytes do not have the checksum of its manifest");
    }

    /// <summary>Frees the bytes of all versions that were read so far.</summary>
    public void Forget()
    {
        _chunks.Clear();
        _manifests.Clear();
    }

    public void Dispose() => _consumer.Dispose();

    private void Take(ConsumeResult<string, byte[]?> result)
    {
        if (!ModelKeys.TryParse(result.Message.Key, _name, out string version, out int? chunk))
        {
            return;
        }

        if (chunk is { } number)
        {
            if (result.Message.Value is { } bytes)
            {
                _chunks[(version, number)] = bytes;
            }
            else
            {
                _chunks.Remove((version, number));
            }

            return;
        }

        _manifests.RemoveAll(m => m.Manifest.Version == version);
        if (result.Message.Value is { } json && Parse(version, json) is { } manifest)
        {
            _manifests.Add((result.Offset.Value, manifest));
        }
    }

    /// <summary>A manifest that is not valid gives one whose content never has its checksum, so that it is reported like other damage.</summary>
    private static ModelManifest Parse(string version, byte[] json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, ModelManifestJson.Default.ModelManifest) is { Sha256: not null } manifest ? manifest with { Version = version } : Invalid(version);
        }
        catch (JsonException)
        {
            return Invalid(version);
        }
    }

    private static ModelManifest Invalid(string version) => new(version, 0, -1, "", default);

    private ModelException Damaged(ModelManifest manifest, string why) =>
        new($"Version {manifest.Version} of the model '{_name}' in topic '{_topic}' is damaged: {why}. Publish it again.") { Topic = _topic, ModelVersion = manifest.Version };

    /// <summary>Any bytes as text; a record without a key belongs to no model.</summary>
    private sealed class LenientText : IDeserializer<string>
    {
        public string Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context) => isNull ? "" : Encoding.UTF8.GetString(data);
    }
}
