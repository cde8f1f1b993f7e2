using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KafkaDatasets.Connection;
using KafkaDatasets.Ranges;
using TopicMetadata = KafkaDatasets.Ranges.TopicMetadata;

namespace KafkaDatasets.Fetching.Consumer;

/// <summary>Questions to the brokers through an admin client, and their errors in our words.</summary>
internal static class BrokerQueries
{
    public static async Task<TopicMetadata> DescribeTopicAsync(IAdminClient client, string topic, TimeSpan timeout)
    {
        DescribeTopicsResult result = await client.DescribeTopicsAsync(TopicCollection.OfTopicNames([topic]), new DescribeTopicsOptions { RequestTimeout = timeout }).ConfigureAwait(false);
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
        ListOffsetsResult result = await client.ListOffsetsAsync(
            partitions.Select(p => new TopicPartitionOffsetSpec { TopicPartition = new TopicPartition(topic, p), OffsetSpec = spec }),
            new ListOffsetsOptions { IsolationLevel = IsolationLevel.ReadCommitted, RequestTimeout = timeout }).ConfigureAwait(false);
        var offsets = result.ResultInfos.ToDictionary(r => r.TopicPartitionOffsetError.Partition.Value, r => r.TopicPartitionOffsetError.Offset.Value);
        return [.. partitions.Select(p => offsets[p])];
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
