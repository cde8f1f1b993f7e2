namespace KafkaDatasets.Fetching.Direct.Protocol;

/// <summary>Metadata of one topic by name, versions 4 to 12 (leader epochs from 7, flexible from 9, topic ids from 10).</summary>
internal static class MetadataMessage
{
    public static bool IsFlexible(short version) => version >= 9;

    public static void WriteRequest(ProtocolWriter writer, short version, int correlationId, string clientId, string topic)
    {
        writer.Begin(ApiKey.Metadata, version, IsFlexible(version), correlationId, clientId);
        writer.WriteLength(1);
        if (version >= 10)
        {
            writer.WriteUuid(Guid.Empty);
        }

        writer.WriteString(topic);
        writer.WriteTags();
        writer.WriteBoolean(false); // do not create the topic
        if (HasClusterOperations(version))
        {
            writer.WriteBoolean(false);
        }

        if (HasTopicOperations(version))
        {
            writer.WriteBoolean(false);
        }

        writer.WriteTags();
        writer.End();
    }

    /// <exception cref="ProtocolException">The response is malformed, or describes another topic.</exception>
    public static TopicLayout ReadResponse(ProtocolReader reader, short version, string topic)
    {
        bool flexible = IsFlexible(version);
        reader.ReadInt32();
        var brokers = new Dictionary<int, BrokerEndpoint>();
        for (int count = reader.ReadLength(flexible); count > 0 && !reader.IsTruncated; count--)
        {
            int id = reader.ReadInt32();
            string host = reader.ReadString(flexible) ?? "";
            brokers[id] = new BrokerEndpoint(host, reader.ReadInt32());
            reader.SkipString(flexible);
            reader.SkipTags(flexible);
        }

        reader.SkipString(flexible);
        reader.ReadInt32();
        TopicLayout? layout = null;
        for (int count = reader.ReadLength(flexible); count > 0 && !reader.IsTruncated; count--)
        {
            TopicLayout read = ReadTopic(ref reader, version, brokers, out string? name);
            layout = name == topic ? read : layout;
        }

        reader.ThrowIfTruncated("The response to Metadata");
        return layout ?? throw new ProtocolException($"The response to Metadata does not have topic '{topic}'");
    }

    private static TopicLayout ReadTopic(ref ProtocolReader reader, short version, Dictionary<int, BrokerEndpoint> brokers, out string? name)
    {
        bool flexible = IsFlexible(version);
        ErrorCode error = reader.ReadErrorCode();
        name = reader.ReadString(flexible);
        Guid id = version >= 10 ? reader.ReadUuid() : default;
        reader.ReadBoolean();
        var partitions = new SortedDictionary<int, PartitionLeader>();
        for (int count = reader.ReadLength(flexible); count > 0 && !reader.IsTruncated; count--)
        {
            ErrorCode partitionError = reader.ReadErrorCode();
            int partition = reader.ReadInt32();
            int leader = reader.ReadInt32();
            partitions[partition] = new PartitionLeader(leader, version >= 7 ? reader.ReadInt32() : -1, partitionError);
            reader.SkipInt32Array(flexible); // replicas
            reader.SkipInt32Array(flexible); // in-sync replicas
            if (version >= 5)
            {
                reader.SkipInt32Array(flexible); // offline replicas
            }

            reader.SkipTags(flexible);
        }

        if (HasTopicOperations(version))
        {
            reader.ReadInt32();
        }

        reader.SkipTags(flexible);
        return new TopicLayout(error, id == default ? null : id, partitions, brokers);
    }

    private static bool HasTopicOperations(short version) => version >= 8;

    private static bool HasClusterOperations(short version) => version is >= 8 and <= 10;
}
