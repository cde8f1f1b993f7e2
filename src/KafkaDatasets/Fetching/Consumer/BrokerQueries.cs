using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KafkaDatasets.Clients;
using KafkaDatasets.Ranges;
using TopicMetadata = KafkaDatasets.Ranges.TopicMetadata;

namespace KafkaDatasets.Fetching.Consumer;

/// <summary>Sends requests to the brokers through an admin client, and converts their errors to exceptions.</summary>
internal static class BrokerQueries
{
    /// <summary>How long after its timeout a client may take to report it.</summary>
    private static readonly TimeSpan Lateness = TimeSpan.FromSeconds(2);

    /// <summary>Describes a topic; do not dispose the client before the task completes, or after a <see cref="BrokenClientException"/>.</summary>
    public static async Task<TopicMetadata> DescribeTopicAsync(IAdminClient client, string topic, TimeSpan timeout)
    {
        TopicDescription description = await TopicDescriber.DescribeAsync(client, topic, timeout).ConfigureAwait(false);
        return new TopicMetadata(topic, ToGuid(description.TopicId), [.. description.Partitions.Select(p => p.Partition).Order()])
        {
            Leaderless = [.. description.Partitions.Where(p => p.Leader is null || p.Leader.Id < 0).Select(p => p.Partition)],
        };
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

    /// <summary>The error of the topic or of a partition, if the exception carries one.</summary>
    public static Error ErrorOf(KafkaException e) => e switch
    {
        DescribeTopicsException describe => describe.Results.TopicDescriptions.Select(d => d.Error).FirstOrDefault(x => x.IsError) ?? e.Error,
        ListOffsetsException list => list.Result.ResultInfos.Select(r => r.TopicPartitionOffsetError.Error).FirstOrDefault(x => x.IsError) ?? e.Error,
        _ => e.Error,
    };

    /// <summary>The exception for an error of the client.</summary>
    public static KafkaDatasetException ToException(KafkaException e, string topic, string bootstrapServers, Error? background) =>
        ToException(ErrorOf(e), topic, bootstrapServers, background, e);

    public static KafkaDatasetException ToException(Error error, string topic, string bootstrapServers, Error? background = null, Exception? cause = null) =>
        error.Code == ErrorCode.UnsupportedForMessageFormat
            ? new BrokerException($"The brokers cannot find offsets by timestamp in topic '{topic}': {error.Reason.TrimEnd('.')}. Its records are from before Kafka 0.10 and have no timestamps; choose {nameof(TopicRange)}.{nameof(TopicRange.Offsets)}.", cause)
            {
                Topic = topic,
                ErrorCode = (int)error.Code,
            }
            : ClientErrors.ToException(error, $"Reading topic '{topic}' of {bootstrapServers}", topic, "DESCRIBE and READ on the topic", background, cause);

    private static async Task<long[]> ListOffsetsOnceAsync(IAdminClient client, string topic, IReadOnlyList<int> partitions, OffsetQuery query, TimeSpan timeout)
    {
        OffsetSpec spec = query.Timestamp switch
        {
            -2 => OffsetSpec.Earliest(),
            -1 => OffsetSpec.Latest(),
            var timestamp => OffsetSpec.ForTimestamp(timestamp),
        };
        Task<ListOffsetsResult> response = client.ListOffsetsAsync(
            partitions.Select(p => new TopicPartitionOffsetSpec { TopicPartition = new TopicPartition(topic, p), OffsetSpec = spec }),
            new ListOffsetsOptions { IsolationLevel = query.IsCommittedOnly ? IsolationLevel.ReadCommitted : IsolationLevel.ReadUncommitted, RequestTimeout = timeout });
        if (await Task.WhenAny(response, Task.Delay(timeout + Lateness)).ConfigureAwait(false) != response)
        {
            throw new KafkaException(new Error(ErrorCode.Local_TimedOut, "The leaders of the partitions did not respond with their offsets in time"));
        }

        ListOffsetsResult result = await response.ConfigureAwait(false);
        var offsets = result.ResultInfos.ToDictionary(r => r.TopicPartitionOffsetError.Partition.Value, r => r.TopicPartitionOffsetError.Offset.Value);
        int missing = partitions.FirstOrDefault(p => !offsets.TryGetValue(p, out long offset) || offset < -1, -1);
        return missing < 0
            ? [.. partitions.Select(p => offsets[p])]
            : throw new KafkaException(new Error(ErrorCode.LeaderNotAvailable, $"The leader of partition {missing} does not respond")); // the client does not report it
    }

    /// <summary>Converts Kafka's UUID, two big-endian halves; all zeros means none.</summary>
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
