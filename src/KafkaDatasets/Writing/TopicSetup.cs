using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KafkaDatasets.Clients;
using KafkaDatasets.Diagnostics;
using Microsoft.Extensions.Logging;

namespace KafkaDatasets.Writing;

/// <summary>Finds the topic, or creates it and waits until the brokers have metadata for it.</summary>
internal sealed class TopicSetup(IAdminClient admin, ClientHealth health, string topic, KafkaWriterOptions options, ILogger logger)
{
    public const string NeededRights = "DESCRIBE and WRITE on the topic, CREATE where it is absent";

    private const string CleanupPolicy = "cleanup.policy";

    private static readonly TimeSpan MetadataInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>How long one request for metadata may take: it blocks a thread, and the client cannot be closed before it ends.</summary>
    private static readonly TimeSpan MaxRequest = TimeSpan.FromSeconds(2);

    /// <summary>How long to wait for partitions without a leader when other partitions have one.</summary>
    private static readonly TimeSpan MaxElection = TimeSpan.FromSeconds(5);

    private readonly long _started = options.TimeProvider.GetTimestamp();

    private volatile bool _hasResponded;

    /// <summary>The last request to the brokers: the admin client must not be disposed before it has completed.</summary>
    public Task Pending { get; private set; } = Task.CompletedTask;

    private TimeSpan Elapsed => options.TimeProvider.GetElapsedTime(_started);

    /// <summary>How long the brokers may fail to respond.</summary>
    private TimeSpan Limit => _hasResponded ? options.Timeout : SilenceLimits.Opening(options.Timeout);

    private TimeSpan Left => Limit - Elapsed;

    /// <returns>The partitions to write to: all of them, or only those with a leader if the others have had none for a while.</returns>
    /// <exception cref="BrokerException">No broker responds in time, or the topic cannot be described or created.</exception>
    public async Task<IReadOnlyList<int>> EnsureAsync(CancellationToken cancellationToken)
    {
        await using ITimer warning = options.TimeProvider.CreateTimer(_ => WarnOfSilence(), null, SilenceLimits.Warning, System.Threading.Timeout.InfiniteTimeSpan);
        List<PartitionMetadata>? found = await DescribeAsync(cancellationToken).ConfigureAwait(false);
        bool isNew = found is null;
        if (found is null)
        {
            await CreateAsync(cancellationToken).ConfigureAwait(false);
            Log.TopicCreated(logger, topic, options.Partitions);
            found = await DescribeAsync(cancellationToken).ConfigureAwait(false);
        }
        else if (found.Count != options.Partitions)
        {
            Log.TopicDiffers(logger, topic, found.Count, options.Partitions);
        }

        if (!isNew && options.TopicConfig.TryGetValue(CleanupPolicy, out string? wanted))
        {
            await CheckPolicyAsync(wanted, cancellationToken).ConfigureAwait(false);
        }

        TimeSpan election = isNew ? options.Timeout : Elapsed + TimeSpan.FromTicks(Math.Min(MaxElection.Ticks, options.Timeout.Ticks / 4));
        while (found is null || (found.Exists(p => p.Leader < 0) && (Elapsed < election || found.TrueForAll(p => p.Leader < 0))))
        {
            await Task.Delay(MetadataInterval, options.TimeProvider, cancellationToken).ConfigureAwait(false);
            found = await DescribeAsync(cancellationToken, found).ConfigureAwait(false);
        }

        if (found.Exists(p => p.Leader < 0))
        {
            Log.PartitionsWithoutLeader(logger, topic, string.Join(", ", found.Where(p => p.Leader < 0).Select(p => p.PartitionId.ToString(CultureInfo.InvariantCulture))));
        }

        return [.. found.Where(p => p.Leader >= 0).Select(p => p.PartitionId).Order()];
    }

    /// <summary>Describes the topic by metadata alone: Confluent.Kafka's DescribeTopicsAsync crashes the process on partitions without a replica in sync.</summary>
    /// <returns>Null if the topic does not exist.</returns>
    private async Task<List<PartitionMetadata>?> DescribeAsync(CancellationToken cancellationToken, List<PartitionMetadata>? known = null)
    {
        while (true)
        {
            try
            {
                TopicMetadata metadata = await BoundedAsync(
                    left => TopicDescriber.GetPartitionsAsync(admin, topic, left < MaxRequest ? left : MaxRequest),
                    known?.TrueForAll(p => p.Leader < 0) == true ? "no partition has a leader" : null,
                    "Describing",
                    cancellationToken).ConfigureAwait(false);
                _hasResponded = true;
                return metadata.Partitions;
            }
            catch (KafkaException e) when (ClientErrors.IsUnknownTopic(e.Error))
            {
                _hasResponded = true;
                return null;
            }
            catch (KafkaException e) when (ClientErrors.IsUnreachable(e.Error) || ClientErrors.IsLeaderMoving(e.Error))
            {
                await Task.Delay(MetadataInterval, options.TimeProvider, cancellationToken).ConfigureAwait(false);
            }
            catch (KafkaException e)
            {
                throw Failed(e.Error, "Describing", e);
            }
        }
    }

    /// <summary>Warns when a topic that exists does not keep records as it should: models and checkpoints in a topic that is not compacted are gone after its retention.</summary>
    private async Task CheckPolicyAsync(string wanted, CancellationToken cancellationToken)
    {
        if (EmbeddedKafka.TryFind(options.BootstrapServers, out _))
        {
            return; // it has no configurations, and keeps everything
        }

        try
        {
            List<DescribeConfigsResult> configs = await BoundedAsync(
                left => admin.DescribeConfigsAsync([new ConfigResource { Name = topic, Type = ResourceType.Topic }], new DescribeConfigsOptions { RequestTimeout = left < MaxRequest ? left : MaxRequest }),
                null,
                "Describing",
                cancellationToken).ConfigureAwait(false);
            Dictionary<string, ConfigEntryResult> entries = configs[0].Entries;
            if (entries.TryGetValue(CleanupPolicy, out ConfigEntryResult? policy) && policy.Value != wanted)
            {
                Log.TopicPolicyDiffers(logger, topic, policy.Value, entries.GetValueOrDefault("retention.ms")?.Value ?? "unknown", wanted);
            }
        }
        catch (Exception e) when (e is KafkaException or KafkaDatasetException)
        {
            // The right to describe configurations is not needed otherwise.
        }
    }

    private async Task CreateAsync(CancellationToken cancellationToken)
    {
        if (EmbeddedKafka.TryFind(options.BootstrapServers, out EmbeddedKafka? embedded))
        {
            if (options.Partitions > EmbeddedKafka.MaxPartitions)
            {
                throw new BrokerException(string.Create(CultureInfo.InvariantCulture, $"Creating topic '{topic}' failed: {nameof(KafkaWriterOptions.Partitions)} is {options.Partitions}, and a topic of the embedded Kafka has at most {EmbeddedKafka.MaxPartitions}.")) { Topic = topic };
            }

            embedded.CreateTopic(topic, options.Partitions);
            return;
        }

        var specification = new TopicSpecification
        {
            Name = topic,
            NumPartitions = options.Partitions,
            ReplicationFactor = options.ReplicationFactor,
            Configs = options.TopicConfig.ToDictionary(),
        };
        try
        {
            await BoundedAsync<object?>(
                async left =>
                {
                    await admin.CreateTopicsAsync([specification], new CreateTopicsOptions { RequestTimeout = left, OperationTimeout = left }).ConfigureAwait(false);
                    return null;
                },
                null,
                "Creating",
                cancellationToken).ConfigureAwait(false);
        }
        catch (CreateTopicsException e) when (e.Results is [{ Error: var error }])
        {
            if (error.Code != ErrorCode.TopicAlreadyExists)
            {
                throw Failed(error, "Creating", e);
            }
        }
        catch (KafkaException e)
        {
            throw ClientErrors.IsUnreachable(e.Error) ? NoResponse("Creating", null, e) : Failed(e.Error, "Creating", e);
        }
    }

    private async Task<TResult> BoundedAsync<TResult>(Func<TimeSpan, Task<TResult>> request, string? state, string doing, CancellationToken cancellationToken)
    {
        TimeSpan left = Left;
        if (left <= TimeSpan.Zero)
        {
            throw NoResponse(doing, state, null);
        }

        Task<TResult> response = request(left);
        Pending = response;
        _ = response.ContinueWith(static t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            await Task.WhenAny(response, health.Hopeless).WaitAsync(left, options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            throw NoResponse(doing, state, e);
        }

        return response.IsCompleted
            ? await response.ConfigureAwait(false)
            : throw Failed(await health.Hopeless.ConfigureAwait(false), doing, null);
    }

    private void WarnOfSilence()
    {
        if (!_hasResponded)
        {
            Log.NoResponseYet(logger, options.BootstrapServers, SilenceLimits.Warning, health.Last?.Reason ?? "the port is silent");
        }
    }

    private KafkaDatasetException Failed(Error error, string doing, Exception? cause) =>
        ClientErrors.ToException(error, $"{doing} topic '{topic}'", topic, NeededRights, health.Last, cause);

    private BrokerException NoResponse(string doing, string? state, Exception? inner) => new(
        string.Create(
            CultureInfo.InvariantCulture,
            $"{doing} topic '{topic}' failed: {state ?? $"no response from {options.BootstrapServers}"} within {Limit.TotalSeconds:0.#} s{(health.Last is { } last ? $" ({last.Reason.TrimEnd('.')})" : "")}. {(state is null ? "Check the address, the port, security.protocol, and that the brokers run" : "Check that the brokers run")}."),
        inner)
    {
        Topic = topic,
    };
}
