namespace KafkaDatasets.Fetching.Direct.Protocol;

/// <summary>Which versions of each request a broker speaks, and which of them the engine uses.</summary>
internal sealed class ApiVersions
{
    /// <summary>What the engine speaks: from Kafka 2.4 on.</summary>
    private static readonly Dictionary<ApiKey, VersionRange> Ours = new()
    {
        [ApiKey.Fetch] = new(11, 17),
        [ApiKey.ListOffsets] = new(5, 8),
        [ApiKey.Metadata] = new(9, 12),
        [ApiKey.SaslHandshake] = new(1, 1),
        [ApiKey.SaslAuthenticate] = new(0, 2),
    };

    private readonly Dictionary<ApiKey, VersionRange> _theirs;

    public ApiVersions(Dictionary<ApiKey, VersionRange> theirs)
    {
        _theirs = theirs;
    }

    /// <summary>Version 0, which every broker answers.</summary>
    public static void WriteRequest(ProtocolWriter writer, int correlationId, string clientId)
    {
        writer.Begin(ApiKey.ApiVersions, 0, flexible: false, correlationId, clientId);
        writer.End();
    }

    /// <exception cref="ProtocolException">It is no answer.</exception>
    public static ApiVersions ReadResponse(ProtocolReader reader, out ErrorCode error)
    {
        error = reader.ReadErrorCode();
        var theirs = new Dictionary<ApiKey, VersionRange>();
        for (int count = reader.ReadLength(flexible: false); count > 0 && !reader.IsTruncated; count--)
        {
            var api = (ApiKey)reader.ReadInt16();
            theirs[api] = new VersionRange(reader.ReadInt16(), reader.ReadInt16());
        }

        reader.ThrowIfTruncated("The answer to ApiVersions");
        return new ApiVersions(theirs);
    }

    /// <summary>The newest version that both sides speak, at most <paramref name="max"/>.</summary>
    /// <exception cref="BrokerException">There is none.</exception>
    public short Choose(ApiKey api, BrokerEndpoint broker, short max = short.MaxValue)
    {
        VersionRange ours = Ours[api];
        if (_theirs.TryGetValue(api, out VersionRange theirs))
        {
            short version = Math.Min(max, Math.Min(ours.Max, theirs.Max));
            if (version >= ours.Min && version >= theirs.Min)
            {
                return version;
            }
        }

        string speaks = theirs == default ? "does not speak it" : $"speaks versions {theirs}";
        throw new BrokerException(
            $"The direct engine speaks versions {ours} of {api} and the broker {broker} {speaks}. It needs Kafka 2.4 or newer; {nameof(FetchEngine)}.{nameof(FetchEngine.Consumer)} reads from other brokers.")
        {
            ErrorCode = (int)ErrorCode.UnsupportedVersion,
        };
    }
}
