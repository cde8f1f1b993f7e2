using System.Collections.Concurrent;
using KafkaDatasets.Fetching.Direct.Connection;
using KafkaDatasets.Fetching.Direct.Protocol;
using KafkaDatasets.Fetching.Direct.Records;
using KafkaDatasets.Ranges;

namespace KafkaDatasets.Fetching.Direct;

/// <summary>What an engine knows about its cluster: how to reach the brokers, and which broker leads each partition.</summary>
internal sealed class Cluster : IDisposable
{
    private readonly IReadOnlyList<BrokerEndpoint> _bootstrap;
    private readonly ConcurrentDictionary<string, TopicLayout> _layouts = new(StringComparer.Ordinal);
    private volatile IReadOnlyCollection<BrokerEndpoint> _known = [];

    public Cluster(FetchContext context, ClientSettings settings)
    {
        Context = context;
        Settings = settings;
        _bootstrap = BrokerEndpoint.ParseList(context.BootstrapServers);
        TimeSpan third = context.Timeout / 3;
        Pool = new ConnectionPool(settings, third < TimeSpan.FromSeconds(1) ? context.Timeout : third, context.TimeProvider);
    }

    public FetchContext Context { get; }

    public ClientSettings Settings { get; }

    public ConnectionPool Pool { get; }

    public BufferPool Buffers => Context.Buffers;

    /// <summary>Whether a broker has ever responded.</summary>
    public bool HasResponded { get; private set; }

    /// <summary>How long to wait before the next attempt, given the number of failed ones.</summary>
    public TimeSpan Backoff(int failures)
    {
        double milliseconds = Settings.RetryBackoff.TotalMilliseconds * Math.Pow(2, Math.Min(failures, 20));
        return TimeSpan.FromMilliseconds(Math.Min(milliseconds, Settings.RetryBackoffMax.TotalMilliseconds) * (0.8 + (0.4 * Random.Shared.NextDouble())));
    }

    /// <summary>The exception for a topic that the brokers do not let us read.</summary>
    public static KafkaDatasetException Refused(string topic, ErrorCode error) => error switch
    {
        ErrorCode.UnknownTopicOrPartition => new TopicNotFoundException($"There is no topic '{topic}'.") { Topic = topic },
        ErrorCode.InvalidTopic => new TopicNotFoundException($"'{topic}' is not a valid topic name.") { Topic = topic },
        ErrorCode.UnsupportedForMessageFormat => new BrokerException(
            $"The brokers cannot find offsets by timestamp in topic '{topic}': {error.Describe()}. Its records are from before Kafka 0.10 and have no timestamps; choose {nameof(TopicRange)}.{nameof(TopicRange.Offsets)}.")
        {
            Topic = topic,
            ErrorCode = (int)error,
        },
        _ when error.IsAccessDenied() => ReadFaults.AccessDenied(topic, error.Describe(), (int)error),
        _ => new BrokerException($"The brokers responded with {error.Describe()} for topic '{topic}'.") { Topic = topic, ErrorCode = (int)error },
    };

    /// <summary>The topic's layout: the last known one if that is allowed, otherwise from the first broker that can be reached.</summary>
    /// <exception cref="ConnectionLostException">No broker can be reached.</exception>
    /// <exception cref="BrokerException">A broker rejects the credentials, or does not speak Kafka's protocol.</exception>
    public async ValueTask<TopicLayout> DescribeAsync(string topic, bool allowKnown, CancellationToken cancellationToken)
    {
        if (allowKnown && _layouts.TryGetValue(topic, out TopicLayout? known))
        {
            return known;
        }

        BrokerEndpoint[] endpoints = [.. _known.Concat(_bootstrap).Distinct()];
        TopicLayout layout = await StaggeredAttempts.FirstAsync(
            endpoints,
            (endpoint, token) => RequestAsync(endpoint, c => DescribeAsync(c, topic), token).AsTask(),
            static e => e is not ConnectionLostException,
            Context.TimeProvider,
            cancellationToken).ConfigureAwait(false);
        if (layout.Brokers.Count > 0)
        {
            _known = [.. layout.Brokers.Values];
        }

        if (layout.Error == ErrorCode.None)
        {
            _layouts[topic] = layout;
        }
        else
        {
            _layouts.TryRemove(topic, out _);
        }

        return layout;
    }

    /// <summary>The level of each feature that the cluster has finalized; none if no broker can be reached.</summary>
    public async ValueTask<IReadOnlyDictionary<string, short>> FeaturesAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await StaggeredAttempts.FirstAsync(
                [.. _known.Concat(_bootstrap).Distinct()],
                (endpoint, token) => RequestAsync(endpoint, FeaturesAsync, token).AsTask(),
                static e => e is not ConnectionLostException,
                Context.TimeProvider,
                cancellationToken).ConfigureAwait(false);
        }
        catch (ConnectionLostException)
        {
            return new Dictionary<string, short>();
        }
    }

    /// <summary>Performs one exchange with a broker on a pooled connection.</summary>
    public async ValueTask<T> RequestAsync<T>(BrokerEndpoint endpoint, Func<BrokerConnection, ValueTask<T>> exchange, CancellationToken cancellationToken)
    {
        BrokerConnection? connection = null;
        try
        {
            connection = await Pool.RentAsync(endpoint, cancellationToken).ConfigureAwait(false);
            HasResponded = true;
            T answer;
            using (cancellationToken.UnsafeRegister(static c => ((BrokerConnection)c!).Dispose(), connection))
            {
                answer = await exchange(connection).ConfigureAwait(false);
            }

            Pool.Return(connection);
            return answer;
        }
        catch (Exception e)
        {
            connection?.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            throw e is ProtocolException ? Unintelligible(endpoint, e) : e;
        }
    }

    private async ValueTask<IReadOnlyDictionary<string, short>> FeaturesAsync(BrokerConnection connection)
    {
        if (!connection.Versions.Supports(ApiKey.ApiVersions, FeaturesMessage.Version))
        {
            return new Dictionary<string, short>();
        }

        FeaturesMessage.WriteRequest(connection.Writer, connection.NextCorrelationId(), Settings.ClientId);
        ReadOnlyMemory<byte> response = await connection.ExchangeAsync(flexibleHeader: false).ConfigureAwait(false); // whatever the version (KIP-511)
        return FeaturesMessage.ReadResponse(new ProtocolReader(response.Span));
    }

    public static BrokerException Unintelligible(BrokerEndpoint endpoint, Exception e) =>
        new($"{endpoint} does not respond in Kafka's protocol: {e.Message}. Check its address and security.protocol.", e);

    /// <summary>Returns an offset or an error for each partition that the broker leads.</summary>
    public async ValueTask<Dictionary<int, (ErrorCode Error, long Offset)>> ListOffsetsAsync(
        BrokerConnection connection, string topic, IReadOnlyList<(int Partition, int LeaderEpoch)> partitions, OffsetQuery query)
    {
        short version = connection.Versions.Choose(ApiKey.ListOffsets, connection.Endpoint);
        ListOffsetsMessage.WriteRequest(connection.Writer, version, connection.NextCorrelationId(), Settings.ClientId, topic, partitions, query);
        ReadOnlyMemory<byte> answer = await connection.ExchangeAsync(ListOffsetsMessage.IsFlexible(version)).ConfigureAwait(false);
        return ListOffsetsMessage.ReadResponse(new ProtocolReader(answer.Span), version, topic);
    }

    /// <summary>The topic's layout according to this broker.</summary>
    public async ValueTask<TopicLayout> DescribeAsync(BrokerConnection connection, string topic)
    {
        connection.Versions.CheckCanRead(connection.Endpoint);
        short version = connection.Versions.Choose(ApiKey.Metadata, connection.Endpoint);
        MetadataMessage.WriteRequest(connection.Writer, version, connection.NextCorrelationId(), Settings.ClientId, topic);
        ReadOnlyMemory<byte> answer = await connection.ExchangeAsync(MetadataMessage.IsFlexible(version)).ConfigureAwait(false);
        return MetadataMessage.ReadResponse(new ProtocolReader(answer.Span), version, topic);
    }

    public void Dispose() => Pool.Dispose();
}
