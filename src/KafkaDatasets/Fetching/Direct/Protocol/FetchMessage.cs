namespace KafkaDatasets.Fetching.Direct.Protocol;

/// <summary>
/// Fetch of one topic, read committed, without a session, versions 4 to 17 (sessions from 7, leader epochs from 9, preferred replicas from 11, flexible from 12, by topic id from 13).
/// </summary>
/// <remarks>The response is read piece by piece as it arrives: head, topic, then partition, records and end for each partition, and the tail.</remarks>
internal static class FetchMessage
{
    /// <summary>The newest version for a topic without an id.</summary>
    public const short MaxVersionByName = 12;

    public static bool IsFlexible(short version) => version >= 12;

    public static void WriteRequest(
        ProtocolWriter writer, short version, int correlationId, string clientId, string rack, string topic, Guid? topicId, TimeSpan maxWait, int minBytes, int maxBytes, ReadOnlySpan<FetchPartition> partitions)
    {
        writer.Begin(ApiKey.Fetch, version, IsFlexible(version), correlationId, clientId);
        if (version <= 14)
        {
            writer.WriteInt32(-1);
        }

        writer.WriteInt32((int)maxWait.TotalMilliseconds);
        writer.WriteInt32(minBytes);
        writer.WriteInt32(maxBytes);
        writer.WriteByte(1);
        if (HasSessions(version))
        {
            writer.WriteInt32(0);
            writer.WriteInt32(-1);
        }

        writer.WriteLength(1);
        if (version <= MaxVersionByName)
        {
            writer.WriteString(topic);
        }
        else
        {
            writer.WriteUuid(topicId!.Value);
        }

        writer.WriteLength(partitions.Length);
        foreach (FetchPartition partition in partitions)
        {
            writer.WriteInt32(partition.Partition);
            if (version >= 9)
            {
                writer.WriteInt32(partition.LeaderEpoch);
            }

            writer.WriteInt64(partition.Offset);
            if (version >= 12)
            {
                writer.WriteInt32(partition.LastFetchedEpoch);
            }

            if (HasLogStart(version))
            {
                writer.WriteInt64(-1);
            }

            writer.WriteInt32(partition.MaxBytes);
            writer.WriteTags();
        }

        writer.WriteTags();
        if (HasSessions(version))
        {
            writer.WriteLength(0);
        }

        if (HasPreferredReplica(version))
        {
            writer.WriteString(rack);
        }

        writer.WriteTags();
        writer.End();
    }

    /// <summary>Reads what precedes the topics.</summary>
    public static void ReadHead(ref ProtocolReader reader, short version, out int throttleMilliseconds, out ErrorCode error, out int topics)
    {
        throttleMilliseconds = reader.ReadInt32();
        error = ErrorCode.None;
        if (HasSessions(version))
        {
            error = reader.ReadErrorCode();
            reader.ReadInt32();
        }

        topics = reader.ReadLength(IsFlexible(version));
    }

    /// <summary>Reads what precedes the partitions of a topic; returns true when it is the requested topic.</summary>
    public static bool ReadTopic(ref ProtocolReader reader, short version, string topic, Guid? topicId, out int partitions)
    {
        bool isTopic = version <= MaxVersionByName ? reader.ReadString(IsFlexible(version)) == topic : reader.ReadUuid() == topicId;
        partitions = reader.ReadLength(IsFlexible(version));
        return isTopic;
    }

    /// <summary>Reads what precedes the records of a partition.</summary>
    public static FetchedPartition ReadPartition(ref ProtocolReader reader, short version)
    {
        bool flexible = IsFlexible(version);
        var partition = new FetchedPartition
        {
            Partition = reader.ReadInt32(),
            Error = reader.ReadErrorCode(),
            HighWatermark = reader.ReadInt64(),
            LastStableOffset = reader.ReadInt64(),
            LogStartOffset = HasLogStart(version) ? reader.ReadInt64() : -1,
        };
        int aborted = reader.ReadLength(flexible);
        if (aborted > reader.Remaining / 16)
        {
            reader.Skip(int.MaxValue);
            return partition;
        }

        if (aborted > 0)
        {
            var transactions = new AbortedTransaction[aborted];
            for (int i = 0; i < aborted; i++)
            {
                transactions[i] = new AbortedTransaction(reader.ReadInt64(), reader.ReadInt64());
                reader.SkipTags(flexible);
            }

            partition.AbortedTransactions = transactions;
        }

        partition.PreferredReplica = HasPreferredReplica(version) ? reader.ReadInt32() : -1;
        partition.RecordsLength = Math.Max(0, reader.ReadLength(flexible));
        return partition;
    }

    /// <summary>Reads what follows the records of a partition; returns where the broker's log diverges from what was read before, or −1.</summary>
    public static long ReadPartitionEnd(ref ProtocolReader reader, short version)
    {
        const uint divergingEpoch = 0;
        long divergedAt = -1;
        if (IsFlexible(version))
        {
            for (uint count = reader.ReadUnsignedVarint(); count > 0 && !reader.IsTruncated; count--)
            {
                uint tag = reader.ReadUnsignedVarint();
                int size = (int)Math.Min(reader.ReadUnsignedVarint(), int.MaxValue);
                if (tag == divergingEpoch && size >= 12)
                {
                    int epoch = reader.ReadInt32();
                    long end = reader.ReadInt64();
                    divergedAt = epoch >= 0 ? end : -1;
                    size -= 12;
                }

                reader.Skip(size);
            }
        }

        return divergedAt;
    }

    private static bool HasLogStart(short version) => version >= 5;

    private static bool HasSessions(short version) => version >= 7;

    private static bool HasPreferredReplica(short version) => version >= 11;
}
