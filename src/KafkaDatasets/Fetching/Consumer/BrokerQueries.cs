using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KafkaDatasets.Clients;
using KafkaDatasets.Ranges;
using TopicMetadata = KafkaDatasets.Ranges.TopicMetadata;

namespace KafkaDatasets.Fetching.Consumer;

/// <summary>Questions to the brokers through an admin client, and their errors in our words.</summary>
internal static class BrokerQueries
{
    /// <summary>How long after its time-out the client is given to say so.</summary>
    private static readonly TimeSpan Lateness = TimeSpan.FromSeconds(2);

    /// <summary>Describes a topic. The client must not be disposed before there is an answer, nor after a <see cref="BrokenClientException"/>.</summary>
    /// <remarks>
    /// Confluent.Kafka 2.16 breaks for good on a topic with a partition that has no replica in sync: it never answers, and the process
    /// crashes when such a client is disposed. So it is not asked about such topics.
    /// </remarks>
    public static async Task<TopicMetadata> DescribeTopicAsync(IAdminClient client, string topic, TimeSpan timeout)
    {
        Metadata metadata = await Task.Run(() => client.GetMetadata(topic, timeout)).ConfigureAwait(false);
        if (metadata.Topics.Find(t => t.Topic == topic) is { Error.IsError: false } found
            && found.Partitions.Find(p => p.InSyncReplicas.Length == 0 || p.Replicas.Length == 0) is { } partition)
        {
            throw new KafkaException(new Error(ErrorCode.LeaderNotAvailable, $"Partition {partition.PartitionId} has no replica in sync"));
        }

        Task<DescribeTopicsResult> answer = client.DescribeTopicsAsync(TopicCollection.OfTopicNames([topic]), new DescribeTopicsOptions { RequestTimeout = timeout });
        if (await Task.WhenAny(answer, Task.Delay(timeout + Lateness)).ConfigureAwait(false) != answer)
        {
            throw new BrokenClientException();
        }

        DescribeTopicsResult result = await answer.ConfigureAwait(false);
        TopicDescription description = result.TopicDescriptions.Single();
        if (description.Error.IsError)
        {
            throw new KafkaException(description.Error);
        }

        return new TopicMetadata(topic, ToGuid(description.TopicId), [.. description.Partitions.Select(p => p.Partition).Order()]);
    }

    public static async Task<long[]> ListOffsetsAsync(IAdminClient client, string topic, IReadOnlyList<int> partitions, OffsetQuery query, TimeSpan timeout)
    {
        if (partitions.Count == 0)
        {
            return [];
        }

        long[] offsets = await ListOffsetsOnceAsync(client, topic, partitions, query, timeout).ConfigureAwait(false);
        if (query.Timestamp >= 0 && offsets.Contains(-1))
        {
            long[] ends = await ListOffsetsOnceAsync(client, topic, partitions, OffsetQuery.LastStable, timeout).ConfigureAwait(false);
            return [.. offsets.Select((offset, i) => offset < 0 ? ends[i] : offset)];
        }

        return offsets;
    }

    /// <summary>The error of the topic or of a partition, where it is one of theirs.</summary>
    public static Error ErrorOf(KafkaException e) => e switch
    {
        DescribeTopicsException describe => describe.Results.TopicDescriptions.Select(d => d.Error).FirstOrDefault(x => x.IsError) ?? e.Error,
        ListOffsetsException list => list.Result.ResultInfos.Select(r => r.TopicPartitionOffsetError.Error).FirstOrDefault(x => x.IsError) ?? e.Error,
        _ => e.Error,
    };

    /// <summary>What went wrong, in our words.</summary>
    public static KafkaDatasetException ToException(KafkaException e, string topic, string bootstrapServers, Error? background) =>
        ToException(ErrorOf(e), topic, bootstrapServers, background, e);

    public static KafkaDatasetException ToException(Error error, string topic, string bootstrapServers, Error? background = null, Exception? cause = null) =>
        ClientErrors.ToException(error, $"Reading topic '{topic}' of {bootstrapServers}", topic, "DESCRIBE and READ on the topic", background, cause);

    private static async Task<long[]> ListOffsetsOnceAsync(IAdminClient client, string topic, IReadOnlyList<int> partitions, OffsetQuery query, TimeSpan timeout)
    {
        OffsetSpec spec = query.Timestamp switch
        {
            -2 => OffsetSpec.Earliest(),
            -1 => OffsetSpec.Latest(),
            var timestamp => OffsetSpec.ForTimestamp(timestamp),
        };
        Task<ListOffsetsResult> answer = client.ListOffsetsAsync(
            partitions.Select(p => new TopicPartitionOffsetSpec { TopicPartition = new TopicPartition(topic, p), OffsetSpec = spec }),
            new ListOffsetsOptions { IsolationLevel = IsolationLevel.ReadCommitted, RequestTimeout = timeout });
        if (await Task.WhenAny(answer, Task.Delay(timeout + Lateness)).ConfigureAwait(false) != answer)
        {
            throw new KafkaException(new Error(ErrorCode.Local_TimedOut, "The leaders of the partitions did not say their offsets in time"));
        }

        ListOffsetsResult result = await answer.ConfigureAwait(false);
        var offsets = result.ResultInfos.ToDictionary(r => r.TopicPartitionOffsetError.Partition.Value, r => r.TopicPartitionOffsetError.Offset.Value);
        int unanswered = partitions.FirstOrDefault(p => !offsets.TryGetValue(p, out long offset) || offset < -1, -1);
        return unanswered < 0
            ? [.. partitions.Select(p => offsets[p])]
            : throw new KafkaException(new Error(ErrorCode.LeaderNotAvailable, $"The leader of partition {unanswered} does not answer")); // the client says nothing of it
    }

    /// <summary>Kafka's UUID is two big-endian halves; all zero stands for none.</summary>
    private static Guid? ToGuid(Uuid? id)
    {
        if (id is null || (id.MostSignificantBits == 0 && id.LeastSignificantBits == 0))
        {
            return null;
        }

        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes, id.MostSignificantBits);
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes[8..], id.LeastSignificantBits);
        return new Guid(bytes, bigEndian: true);
    }
}
