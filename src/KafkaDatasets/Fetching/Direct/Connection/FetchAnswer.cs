using KafkaDatasets.Fetching.Direct.Protocol;

namespace KafkaDatasets.Fetching.Direct.Connection;

/// <summary>Reads a Fetch response piece by piece as its bytes arrive: each method returns false, and consumes nothing, until its piece is complete.</summary>
internal static class FetchAnswer
{
    public static bool TryReadHead(BrokerConnection connection, short version, out int throttle, out ErrorCode error, out int topics)
    {
        var reader = new ProtocolReader(connection.Buffered);
        FetchMessage.ReadHead(ref reader, version, out throttle, out error, out topics);
        return TryConsume(connection, reader);
    }

    public static bool TryReadTopic(BrokerConnection connection, short version, string topic, Guid? topicId, out bool isTopic, out int partitions)
    {
        var reader = new ProtocolReader(connection.Buffered);
        isTopic = FetchMessage.ReadTopic(ref reader, version, topic, topicId, out partitions);
        return TryConsume(connection, reader);
    }

    public static bool TryReadPartition(BrokerConnection connection, short version, out FetchedPartition partition)
    {
        var reader = new ProtocolReader(connection.Buffered);
        partition = FetchMessage.ReadPartition(ref reader, version);
        return TryConsume(connection, reader);
    }

    public static bool TryReadPartitionEnd(BrokerConnection connection, short version, out long divergedAt)
    {
        var reader = new ProtocolReader(connection.Buffered);
        divergedAt = FetchMessage.ReadPartitionEnd(ref reader, version);
        return TryConsume(connection, reader);
    }

    public static bool TryReadTags(BrokerConnection connection, short version)
    {
        var reader = new ProtocolReader(connection.Buffered);
        reader.SkipTags(FetchMessage.IsFlexible(version));
        return TryConsume(connection, reader);
    }

    private static bool TryConsume(BrokerConnection connection, in ProtocolReader reader)
    {
        if (reader.IsTruncated)
        {
            return false;
        }

        connection.Consume(reader.Position);
        return true;
    }
}
