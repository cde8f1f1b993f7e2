using Confluent.Kafka;
using Confluent.Kafka.Admin;
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

    public static KafkaDatasetException Translate(KafkaException e, string topic, string bootstrapServers, Error? background)
    {
        Error error = e switch
        {
            DescribeTopicsException describe => describe.Results.TopicDescriptions.Select(d => d.Error).FirstOrDefault(x => x.IsError) ?? e.Error,
            ListOffsetsException list => list.Result.ResultInfos.Select(r => r.TopicPartitionOffsetError.Error).FirstOrDefault(x => x.IsError) ?? e.Error,
            _ => e.Error,
        };
        return Translate(error, topic, bootstrapServers, background, e);
    }

    public static KafkaDatasetException Translate(Error error, string topic, string bootstrapServers, Error? background, Exception? cause = null)
    {
        switch (error.Code)
        {
            case ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic or ErrorCode.Local_UnknownPartition or ErrorCode.UnknownTopicId:
                return new TopicNotFoundException($"Topic '{topic}' does not exist on {bootstrapServers}, or it may not be described with these credentials. Check its name.", cause) { Topic = topic };
            case ErrorCode.TopicException:
                return new TopicNotFoundException($"'{topic}' is no topic's name: {error.Reason}.", cause) { Topic = topic };
            case ErrorCode.TopicAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed or ErrorCode.GroupAuthorizationFailed:
                return new BrokerException($"Access to topic '{topic}' was refused: {error.Reason}. Reading a dataset needs DESCRIBE and READ on the topic.", cause)
                {
                    Topic = topic,
                    IsAccessDenied = true,
                    ErrorCode = (int)error.Code,
                };
            case ErrorCode.Local_TimedOut or ErrorCode.Local_TimedOutQueue or ErrorCode.Local_Transport or ErrorCode.Local_AllBrokersDown or ErrorCode.Local_Resolve or ErrorCode.RequestTimedOut:
                string reason = background is null ? error.Reason : $"{error.Reason}; {background.Reason}";
                return new BrokerException($"No broker of {bootstrapServers} answered for topic '{topic}': {reason}. Check the address, the port, and the security settings.", cause)
                {
                    Topic = topic,
                    ErrorCode = (int)error.Code,
                };
            default:
                return new BrokerException($"The brokers of {bootstrapServers} answered for topic '{topic}' with {error.Code}: {error.Reason}.", cause) { Topic = topic, ErrorCode = (int)error.Code };
        }
    }

    public static BrokerException AccessDenied(Error error, string topic, string bootstrapServers) =>
        new($"The brokers of {bootstrapServers} refused the connection for topic '{topic}': {error.Reason}. Check the credentials, the certificates, and security.protocol.")
        {
            Topic = topic,
            IsAccessDenied = true,
            ErrorCode = (int)error.Code,
        };

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
