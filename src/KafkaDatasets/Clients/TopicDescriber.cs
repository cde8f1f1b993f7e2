using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace KafkaDatasets.Clients;

/// <summary>Describes a topic without crashing the process.</summary>
/// <remarks>
/// Confluent.Kafka 2.16's <c>DescribeTopicsAsync</c> breaks its client on a topic with a partition that has no in-sync replica: it never completes,
/// and the process crashes when the client is disposed. <c>GetMetadata</c>, which does not return topic ids, is safe.
/// Both need the client until the returned task completes: do not dispose it earlier.
/// </remarks>
internal static class TopicDescriber
{
    /// <summary>How long after its timeout a client may take to report it.</summary>
    private static readonly TimeSpan Lateness = TimeSpan.FromSeconds(2);

    /// <summary>Returns the topic's partitions, each with its leader (−1 when there is none) and replicas; safe for every topic.</summary>
    /// <exception cref="KafkaException">No broker responds in time, or the brokers deny access to the topic; the exception's error gives the reason.</exception>
    public static async Task<TopicMetadata> GetPartitionsAsync(IAdminClient client, string topic, TimeSpan timeout)
    {
        Metadata metadata = await Task.Run(() => client.GetMetadata(topic, timeout)).ConfigureAwait(false);
        TopicMetadata? found = metadata.Topics.Find(t => t.Topic == topic);
        return found is null ? throw new KafkaException(new Error(ErrorCode.UnknownTopicOrPart, $"Unknown topic: {topic}"))
            : found.Error.IsError ? throw new KafkaException(found.Error)
            : found;
    }

    /// <summary>Returns the topic with its id.</summary>
    /// <exception cref="LeaderlessException">A partition has no in-sync replica.</exception>
    /// <exception cref="KafkaException">No broker responds in time, or the brokers deny access to the topic; the exception's error gives the reason.</exception>
    /// <exception cref="BrokenClientException">The client is broken: it must not be disposed.</exception>
    public static async Task<TopicDescription> DescribeAsync(IAdminClient client, string topic, TimeSpan timeout)
    {
        TopicMetadata metadata = await GetPartitionsAsync(client, topic, timeout).ConfigureAwait(false);
        int[] leaderless = [.. metadata.Partitions.Where(p => p.InSyncReplicas.Length == 0 || p.Replicas.Length == 0).Select(p => p.PartitionId)];
        if (leaderless.Length > 0)
        {
            throw new LeaderlessException(leaderless);
        }

        Task<DescribeTopicsResult> response = client.DescribeTopicsAsync(TopicCollection.OfTopicNames([topic]), new DescribeTopicsOptions { RequestTimeout = timeout });
        if (await Task.WhenAny(response, Task.Delay(timeout + Lateness)).ConfigureAwait(false) != response)
        {
            throw new BrokenClientException();
        }

        TopicDescription description = (await response.ConfigureAwait(false)).TopicDescriptions.Single();
        return description.Error.IsError ? throw new KafkaException(description.Error) : description;
    }
}
