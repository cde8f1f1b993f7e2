using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KafkaDatasets.Clients;
using KafkaDatasets.Diagnostics;
using Microsoft.Extensions.Logging;

namespace KafkaDatasets.Writing;

/// <summary>Finds the topic, or creates it and waits until the brokers know it.</summary>
internal sealed class TopicSetup(IAdminClient admin, ClientHealth health, string topic, KafkaWriterOptions options, ILogger logger)
{
    public const string NeededRights = "DESCRIBE and WRITE on the topic, CREATE where it is absent";

    private static readonly TimeSpan MetadataInterval = TimeSpan.FromMilliseconds(50);

    private readonly long _started = options.TimeProvider.GetTimestamp();

    private TimeSpan Left => options.Timeout - options.TimeProvider.GetElapsedTime(_started);

    /// <returns>The number of partitions.</returns>
    /// <exception cref="BrokerException">No broker answers in time, or the topic cannot be described or created.</exception>
    public async Task<int> EnsureAsync(CancellationToken cancellationToken)
    {
        TopicDescription? found = await DescribeAsync(cancellationToken).ConfigureAwait(false);
        if (found is null)
        {
            await CreateAsync(cancellationToken).ConfigureAwait(false);
            Log.TopicCreated(logger, topic, options.Partitions);
        }
        else if (found.Partitions.Count != options.Partitions)
        {
            Log.TopicDiffers(logger, topic, found.Partitions.Count, options.Partitions);
        }

        while (found is null || found.Partitions.Any(p => p.Leader is null or { Id: < 0 }))
        {
            await Task.Delay(MetadataInterval, options.TimeProvider, cancellationToken).ConfigureAwait(false);
            found = await DescribeAsync(cancellationToken).ConfigureAwait(false);
        }

        return found.Partitions.Count;
    }

    private async Task<TopicDescription?> DescribeAsync(CancellationToken cancellationToken)
    {
        try
        {
            DescribeTopicsResult result = await BoundedAsync(
                left => admin.DescribeTopicsAsync(TopicCollection.OfTopicNames([topic]), new DescribeTopicsOptions { RequestTimeout = left }),
                "Describing",
                cancellationToken).ConfigureAwait(false);
            return result.TopicDescriptions[0];
        }
        catch (DescribeTopicsException e) when (e.Results.TopicDescriptions is [{ Error: var error }])
        {
            return error.Code == ErrorCode.UnknownTopicOrPart ? null : throw Failed(error, "Describing", e);
        }
    }

    private async Task CreateAsync(CancellationToken cancellationToken)
    {
        if (EmbeddedKafka.TryFind(options.BootstrapServers, out EmbeddedKafka? embedded))
        {
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
    }

    private async Task<TResult> BoundedAsync<TResult>(Func<TimeSpan, Task<TResult>> request, string doing, CancellationToken cancellationToken)
    {
        TimeSpan left = Left;
        if (left <= TimeSpan.Zero)
        {
            throw Unreachable(doing, null);
        }

        Task<TResult> answer = request(left);
        try
        {
            await Task.WhenAny(answer, health.Hopeless).WaitAsync(left, options.TimeProvider, cancellationToken).ConfigureAwait(false);
            if (!answer.IsCompleted)
            {
                throw Failed(await health.Hopeless.ConfigureAwait(false), doing, null);
            }

            return await answer.ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            throw Unreachable(doing, e);
        }
        catch (KafkaException e) when (ClientErrors.IsUnreachable(e.Error))
        {
            throw Unreachable(doing, e);
        }
        catch (KafkaException e) when (e is not (DescribeTopicsException or CreateTopicsException))
        {
            throw Failed(e.Error, doing, e);
        }
        finally
        {
            _ = answer.ContinueWith(static t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private KafkaDatasetException Failed(Error error, string doing, Exception? cause) =>
        ClientErrors.ToException(error, $"{doing} topic '{topic}'", topic, NeededRights, health.Last, cause);

    private BrokerException Unreachable(string doing, Exception? inner)
        => new($"{doing} topic '{topic}' failed: no answer from {options.BootstrapServers} within {options.Timeout.TotalSeconds:0.#} s{(health.Last is { } last ? $" ({last.Reason})" : "")}. Check the address and that the brokers run.", inner)
        {
            Topic = topic,
        };
}
