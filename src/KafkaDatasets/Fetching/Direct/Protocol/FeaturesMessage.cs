namespace KafkaDatasets.Fetching.Direct.Protocol;

/// <summary>Asks for the features that a cluster has finalized (KIP-584), which ApiVersions returns from version 3 on.</summary>
internal static class FeaturesMessage
{
    /// <summary>The feature that turns on the group protocol of KIP-848, from level 1.</summary>
    public const string GroupVersion = "group.version";

    /// <summary>The version of ApiVersions that is used.</summary>
    public const short Version = 3;

    private const uint FinalizedFeatures = 2;

    public static void WriteRequest(ProtocolWriter writer, int correlationId, string clientId)
    {
        writer.Begin(ApiKey.ApiVersions, Version, flexible: true, correlationId, clientId);
        writer.WriteString("kafka-datasets");
        writer.WriteString("1");
        writer.WriteTags();
        writer.End();
    }

    /// <summary>Returns the level of each finalized feature; none if the cluster has no features.</summary>
    /// <exception cref="ProtocolException">The response is malformed.</exception>
    public static IReadOnlyDictionary<string, short> ReadResponse(ProtocolReader reader)
    {
        var levels = new Dictionary<string, short>(StringComparer.Ordinal);
        if (reader.ReadErrorCode() != ErrorCode.None)
        {
            return levels;
        }

        for (int count = reader.ReadLength(flexible: true); count > 0 && !reader.IsTruncated; count--)
        {
            reader.Skip(6);
            reader.SkipTags(flexible: true);
        }

        reader.Skip(4); // the throttle time
        for (uint count = reader.ReadUnsignedVarint(); count > 0 && !reader.IsTruncated; count--)
        {
            uint tag = reader.ReadUnsignedVarint();
            int length = (int)Math.Min(reader.ReadUnsignedVarint(), int.MaxValue);
            if (tag != FinalizedFeatures)
            {
                reader.Skip(length);
                continue;
            }

            for (int features = reader.ReadLength(flexible: true); features > 0 && !reader.IsTruncated; features--)
            {
                string? name = reader.ReadString(flexible: true);
                short level = reader.ReadInt16();
                reader.Skip(2);
                reader.SkipTags(flexible: true);
                if (name is not null)
                {
                    levels[name] = level;
                }
            }
        }

        reader.ThrowIfTruncated("The response to ApiVersions");
        return levels;
    }
}
