namespace KafkaDatasets.Fetching.Direct.Protocol;

/// <summary>Metadata of one topic by its name, versions 9 to 12 (all flexible).</summary>
internal static class MetadataMessage
{
    public static void WriteRequest(ProtocolWriter writer, short version, int correlationId, string clientId, string topic)
    {
        writer.Begin(ApiKey.Metadata, version, flexible: true, correlationId, clientId);
        writer.WriteLength(1);
        if (version >= 10)
        {
            writer.WriteUuid(Guid.Empty);
        }

        writer.WriteString(topic);
        writer.WriteTags();
        writer.WriteBoolean(false);
        if (version <= 10)
        {
            writer.WriteBoolean(false);
        }

        writer.WriteBoolean(false);
        writer.WriteTags();
        writer.End();
    }

    /// <exception cref="ProtocolException">It is no answer, or one about another topic.</exception>
    public static TopicLayout ReadResponse(ProtocolReader reader, short version, string topic)
    {
        reader.ReadInt32();
        var brokers = new Dictionary<int, BrokerEndpoint>();
        for (int count = reader.ReadLength(flexible: true); count > 0 && !reader.IsTruncated; count--)
        {
            int id = reader.ReadInt32();
            string host = reader.ReadString(flexible: true) ?? "";
            brokers[id] = new BrokerEndpoint(host, reader.ReadInt32());
            reader.SkipString(flexible: true);
            reader.SkipTags(flexible: true);
        }

        reader.SkipString(flexible: true);
        reader.ReadInt32();
        TopicLayout? layout = null;
        for (int count = reader.ReadLength(flexible: true); count > 0 && !reader.IsTruncated; count--)
        {
            TopicLayout read = ReadTopic(ref reader, version, brokers, out string? name);
            layout = name == topic ? read : layout;
        }

        reader.ThrowIfTruncated("The answer to Metadata");
        return layout ?? throw new ProtocolException($"The answer to Metadata does not have topic '{topic}'");
    }

    private static TopicLayout ReadTopic(ref ProtocolReader reader, short version, Dictionary<int, BrokerEndpoint> brokers, out string? name)
    {
        ErrorCode error = reader.ReadErrorCode();
        name = reader.ReadString(flexible: true);
        Guid id = version >= 10 ? reader.ReadUuid() : default;
        reader.ReadBoolean();
        var partitions = new SortedDictionary<int, PartitionLeader>();
        for (int count = reader.ReadLength(flexible: true); count > 0 && !reader.IsTruncated; count--)
        {
            ErrorCode partitionError = reader.ReadErrorCode();
            int partition = reader.ReadInt32();
            partitions[partition] = new PartitionLeader(reader.ReadInt32(), reader.ReadInt32(), partitionError);
            reader.SkipInt32Array(flexible: true);
            reader.SkipInt32Array(flexible: true);
            reader.SkipInt32Array(flexible: true);
            reader.SkipTags(flexible: true);
        }

        reader.ReadInt32();
        reader.SkipTags(flexible: true);
        return new TopicLayout(error, id == default ? null : id, partitions, brokers);
    }
}
