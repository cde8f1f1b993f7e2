using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using KafkaDatasets.Clients;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Fetching.Direct.Connection;
using KafkaDatasets.Fetching.Direct.Protocol;
using KafkaDatasets.Ranges;

namespace KafkaDatasets.Fetching.Direct;

/// <summary>The engine that implements Kafka's protocol itself: it reads whole record batches and allocates no object per record.</summary>
internal sealed class DirectEngine : IFetchEngine
{
    /// <summary>In place of the number of a broker, for a partition that the layout does not have.</summary>
    private const int UnknownPartition = -2;

    /// <summary>How long brokers may take to hear of partitions that were added.</summary>
    private static readonly TimeSpan PropagationTime = TimeSpan.FromSeconds(3);

    private readonly Cluster _cluster;
    private readonly TokenCache? _tokens;

    /// <exception cref="InvalidOptionsException">A client property is invalid, or the engine does not know it.</exception>
    public DirectEngine(FetchContext context)
    {
        _tokens = context.TokenProvider is { } provider ? new TokenCache(provider, context.Timeout, context.TimeProvider) : null;
        var settings = ClientSettings.Parse(context.ClientConfig, _tokens is not null, _tokens);
        InvalidOptionsException.ThrowIfAny(
            nameof(KafkaDatasetOptions.ClientConfig),
            [.. settings.Faults.Concat(settings.NotHonoured).Select(f => $"the direct engine cannot be used: {f}")]);
        _cluster = new Cluster(context, settings);
    }

    public string Name => "direct";

    public bool ReadsSegmentsInParallel => true;

    /// <summary>Whether the engine supports every property; if not, the reason.</summary>
    public static bool CanHonour(IReadOnlyDictionary<string, string> clientConfig, [NotNullWhen(false)] out string? reason, bool hasTokens = false)
    {
        var settings = ClientSettings.Parse(clientConfig, hasTokens);
        reason = settings.Faults.Concat(settings.NotHonoured).FirstOrDefault();
        return reason is null;
    }

    public async ValueTask<TopicMetadata> DescribeTopicAsync(string topic, CancellationToken cancellationToken)
    {
        TopicLayout layout = await LayoutAsync(topic, cancellationToken).ConfigureAwait(false);
        return new TopicMetadata(topic, layout.Id, [.. layout.Partitions.Keys]) { Leaderless = [.. layout.Partitions.Where(p => p.Value.Broker < 0).Select(p => p.Key)] };
    }

    /// <summary>The topic's partitions, and the brokers that lead them.</summary>
    /// <exception cref="TopicNotFoundException">The topic does not exist.</exception>
    /// <exception cref="BrokerException">The brokers did not respond in time, or refused.</exception>
    public ValueTask<TopicLayout> LayoutAsync(string topic, CancellationToken cancellationToken) =>
        RetryAsync<TopicLayout>(
            topic,
            async () =>
            {
                TopicLayout found = await _cluster.DescribeAsync(topic, allowKnown: false, cancellationToken).ConfigureAwait(false);
                return found.Error switch
                {
                    ErrorCode.None => (found, null),
                    ErrorCode.UnknownTopicOrPartition => throw Cluster.Refused(topic, found.Error),
                    _ when found.Error.IsRetriable() => (null, found.Error.Describe()),
                    _ => throw Cluster.Refused(topic, found.Error),
                };
            },
            cancellationToken);

    public async ValueTask<long[]> ListOffsetsAsync(string topic, IReadOnlyList<int> partitions, OffsetQuery query, CancellationToken cancellationToken)
    {
        var offsets = new Dictionary<int, long>();
        await ListOffsetsAsync(topic, partitions, query, offsets, cancellationToken).ConfigureAwait(false);
        int[] without = [.. partitions.Where(p => offsets[p] < 0)];
        if (without.Length > 0)
        {
            await ListOffsetsAsync(topic, without, OffsetQuery.LastStable, offsets, cancellationToken).ConfigureAwait(false);
        }

        return [.. partitions.Select(p => offsets[p])];
    }

    public async ValueTask<bool> HasConsumerProtocolAsync(CancellationToken cancellationToken) =>
        (await _cluster.FeaturesAsync(cancellationToken).ConfigureAwait(false)).GetValueOrDefault(FeaturesMessage.GroupVersion) >= 1;

    public IRecordSource OpenSource(ReadOrder order, long bytes) => new DirectSource(_cluster, order, bytes);

    public IHeadReader OpenHead(string topic, Guid? topicId, long bytes, IHeadEvents events) => new DirectHead(_cluster, topic, topicId, bytes, events);

    public ValueTask DisposeAsync()
    {
        _cluster.Dispose();
        _tokens?.Dispose();
        return ValueTask.CompletedTask;
    }

    private async ValueTask ListOffsetsAsync(string topic, IReadOnlyList<int> partitions, OffsetQuery query, Dictionary<int, long> offsets, CancellationToken cancellationToken)
    {
        var left = new HashSet<int>(partitions);
        bool isFirst = true;
        TimeProvider time = _cluster.Context.TimeProvider;
        long since = time.GetTimestamp();
        await RetryAsync<object>(
            topic,
            async () =>
            {
                TopicLayout layout = await _cluster.DescribeAsync(topic, isFirst, cancellationToken).ConfigureAwait(false);
                isFirst = false;
                if (layout.Error != ErrorCode.None)
                {
                    return layout.Error.IsRetriable() && layout.Error != ErrorCode.UnknownTopicOrPartition ? (null, layout.Error.Describe()) : throw Cluster.Refused(topic, layout.Error);
                }

                string? reason = null;
                foreach (IGrouping<int, int> group in left.Order().GroupBy(p => layout.Partitions.TryGetValue(p, out PartitionLeader l) ? l.Broker : UnknownPartition).ToList())
                {
                    if (group.Key == UnknownPartition)
                    {
                        // A broker may not know a partition yet that was added a moment ago, and neither may the layout that was known before.
                        reason = time.GetElapsedTime(since) < PropagationTime ? $"the brokers do not know partition {group.First()}" : throw NoPartition(topic, group.First());
                        continue;
                    }

                    if (!layout.Brokers.TryGetValue(group.Key, out BrokerEndpoint endpoint))
                    {
                        reason = $"partition {group.First()} has no leader now";
                        continue;
                    }

                    (int, int)[] asked = [.. group.Select(p => (p, layout.Partitions[p].Epoch))];
                    Dictionary<int, (ErrorCode Error, long Offset)> answer =
                        await _cluster.RequestAsync(endpoint, c => _cluster.ListOffsetsAsync(c, topic, asked, query), cancellationToken).ConfigureAwait(false);
                    foreach (int partition in group)
                    {
                        (ErrorCode error, long offset) = answer.TryGetValue(partition, out (ErrorCode, long) a) ? a : (ErrorCode.UnknownServerError, -1);
                        if (error == ErrorCode.None)
                        {
                            offsets[partition] = offset;
                            left.Remove(partition);
                        }
                        else
                        {
                            reason = error.IsRetriable() ? $"partition {partition}: {error.Describe()}" : throw Cluster.Refused(topic, error);
                        }
                    }
                }

                return (reason is null ? offsets : null, reason);
            },
            cancellationToken).ConfigureAwait(false);
    }

    private static TopicNotFoundException NoPartition(string topic, int partition) =>
        new($"Topic '{topic}' has no partition {partition}.") { Topic = topic, Partition = partition };

    /// <summary>Retries until there is a result, or for as long as brokers may be unreachable.</summary>
    private async ValueTask<T> RetryAsync<T>(string topic, Func<ValueTask<(T? Result, string? Reason)>> attempt, CancellationToken cancellationToken)
        where T : class
    {
        TimeProvider time = _cluster.Context.TimeProvider;
        long started = time.GetTimestamp();
        string? reason = null;
        using ITimer warning = time.CreateTimer(_ => WarnOfSilence(reason), null, SilenceLimits.Warning, System.Threading.Timeout.InfiniteTimeSpan);
        for (int failures = 0; ; failures++)
        {
            Exception? cause = null;
            try
            {
                (T? result, reason) = await attempt().ConfigureAwait(false);
                if (result is not null)
                {
                    return result;
                }
            }
            catch (ConnectionLostException e)
            {
                reason = e.Message;
                cause = e;
            }

            TimeSpan backoff = _cluster.Backoff(failures);
            TimeSpan limit = _cluster.HasResponded ? _cluster.Context.Timeout : SilenceLimits.Opening(_cluster.Context.Timeout);
            if (time.GetElapsedTime(started) + backoff >= limit)
            {
                throw new BrokerException(
                    string.Create(CultureInfo.InvariantCulture, $"The brokers {_cluster.Context.BootstrapServers} gave no response for topic '{topic}' within {limit.TotalSeconds:0.#} s: {reason}. Check {nameof(KafkaDatasetOptions.BootstrapServers)} and security.protocol."),
                    cause)
                {
                    Topic = topic,
                };
            }

            await Task.Delay(backoff, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private void WarnOfSilence(string? reason)
    {
        if (!_cluster.HasResponded)
        {
            Log.NoResponseYet(_cluster.Context.Logger, _cluster.Context.BootstrapServers, SilenceLimits.Warning, reason ?? "the port is silent");
        }
    }
}
