using KafkaDatasets.Ranges;

namespace KafkaDatasets.Fetching.Direct.Protocol;

/// <summary>ListOffsets, versions 2 to 8 (leader epochs from 4, flexible from 6).</summary>
internal static class ListOffsetsMessage
{
    public static bool IsFlexible(short version) => version >= 6;

    public static void WriteRequest(
        ProtocolWriter writer, short version, int correlationId, string clientId, string topic, IReadOnlyList<(int Partition, int LeaderEpoch)> partitions, OffsetQuery query)
    {
        writer.Begin(ApiKey.ListOffsets, version, IsFlexible(version), correlationId, clientId);
        writer.WriteInt32(-1);
        writer.WriteByte(query.IsCommittedOnly ? (byte)1 : (byte)0); // the isolation level
        writer.WriteLength(1);
        writer.WriteString(topic);
        writer.WriteLength(partitions.Count);
        foreach ((int partition, int epoch) in partitions)
        {
            writer.WriteInt32(partition);
            if (HasLeaderEpochs(version))
            {
                writer.WriteInt32(epoch);
            }

            writer.WriteInt64(query.Timestamp);
            writer.WriteTags();
        }

        writer.WriteTags();
        writer.WriteTags();
        writer.End();
    }

    /// <exception cref="ProtocolException">The response is malformed.</exception>
    public static Dictionary<int, (ErrorCode Error, long Offset)> ReadResponse(ProtocolReader reader, short version, string topic)
    {
        bool flexible = IsFlexible(version);
        var offsets = new Dictionary<int, (ErrorCode, long)>();
        reader.ReadInt32();
        for (int topics = reader.ReadLength(flexible); topics > 0 && !reader.IsTruncated; topics--)
        {
            bool isTopic = reader.ReadString(flexible) == topic;
            for (int count = reader.ReadLength(flexible); count > 0 && !reader.IsTruncated; count--)
            {
                int partition = reader.ReadInt32();
                ErrorCode error = reader.ReadErrorCode();
                reader.ReadInt64();
                long offset = reader.ReadInt64();
                if (HasLeaderEpochs(version))
                {
                    reader.ReadInt32();
                }

                reader.SkipTags(flexible);
                if (isTopic)
                {
                    offsets[partition] = (error, offset);
                }
            }

            reader.SkipTags(flexible);
        }

        reader.ThrowIfTruncated("The response to ListOffsets");
        return offsets;
    }

    private static bool HasLeaderEpochs(short version) => version >= 4;
}
