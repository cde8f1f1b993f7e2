namespace KafkaDatasets.Fetching.Direct.Protocol;

/// <summary>The versions of each request that a broker supports, and which of them the engine uses.</summary>
internal sealed class ApiVersions
{
    /// <summary>The versions that the engine supports: those of Kafka 0.11, the first with transactions, and later.</summary>
    private static readonly Dictionary<ApiKey, VersionRange> Ours = new()
    {
        [ApiKey.Fetch] = new(4, 17),
        [ApiKey.ListOffsets] = new(2, 8),
        [ApiKey.Metadata] = new(4, 12),
        [ApiKey.SaslHandshake] = new(1, 1),
        [ApiKey.SaslAuthenticate] = new(0, 2),
    };

    /// <summary>The requests that reading a topic needs, whatever the settings.</summary>
    private static readonly ApiKey[] NeededToRead = [ApiKey.Metadata, ApiKey.ListOffsets, ApiKey.Fetch];

    private readonly Dictionary<ApiKey, VersionRange> _theirs;

    public ApiVersions(Dictionary<ApiKey, VersionRange> theirs)
    {
        _theirs = theirs;
    }

    /// <summary>Writes version 0, which every broker since Kafka 0.10 supports.</summary>
    public static void WriteRequest(ProtocolWriter writer, int correlationId, string clientId)
    {
        writer.Begin(ApiKey.ApiVersions, 0, flexible: false, correlationId, clientId);
        writer.End();
    }

    /// <exception cref="ProtocolException">The response is malformed.</exception>
    public static ApiVersions ReadResponse(ProtocolReader reader, out ErrorCode error)
    {
        error = reader.ReadErrorCode();
        var theirs = new Dictionary<ApiKey, VersionRange>();
        for (int count = reader.ReadLength(flexible: false); count > 0 && !reader.IsTruncated; count--)
        {
            var api = (ApiKey)reader.ReadInt16();
            theirs[api] = new VersionRange(reader.ReadInt16(), reader.ReadInt16());
        }

        reader.ThrowIfTruncated("The response to ApiVersions");
        return new ApiVersions(theirs);
    }

    /// <summary>The newest version that both sides support, at most <paramref name="max"/>.</summary>
    /// <exception cref="BrokerException">There is no common version.</exception>
    public short Choose(ApiKey api, BrokerEndpoint broker, short max = short.MaxValue) =>
        TryChoose(api, max, out short version) ? version : throw Unsupported([api], broker);

    /// <summary>Checks that the broker supports a version of every request that reading needs, so that opening fails rather than the first fetch.</summary>
    /// <exception cref="BrokerException">The broker does not support some of them; the message names each one.</exception>
    public void CheckCanRead(BrokerEndpoint broker)
    {
        ApiKey[] missing = [.. NeededToRead.Where(api => !TryChoose(api, short.MaxValue, out _))];
        if (missing.Length > 0)
        {
            throw Unsupported(missing, broker);
        }
    }

    /// <summary>Whether the broker supports a version of a request, which need not be one that the engine uses otherwise.</summary>
    public bool Supports(ApiKey api, short version) => _theirs.TryGetValue(api, out VersionRange theirs) && version >= theirs.Min && version <= theirs.Max;

    private bool TryChoose(ApiKey api, short max, out short version)
    {
        VersionRange ours = Ours[api];
        version = _theirs.TryGetValue(api, out VersionRange theirs) ? Math.Min(max, Math.Min(ours.Max, theirs.Max)) : (short)-1;
        return version >= ours.Min && version >= theirs.Min;
    }

    private BrokerException Unsupported(ApiKey[] apis, BrokerEndpoint broker)
    {
        IEnumerable<string> differences = apis.Select(api =>
            $"{api} {(_theirs.TryGetValue(api, out VersionRange theirs) ? $"versions {theirs}" : "in no version")} (the engine: {Ours[api]})");
        return new BrokerException(
            $"The direct engine needs Kafka 0.11 or newer, and broker {broker} speaks {string.Join(", ", differences)}. {nameof(FetchEngine)}.{nameof(FetchEngine.Consumer)} reads from other brokers.")
        {
            ErrorCode = (int)ErrorCode.UnsupportedVersion,
        };
    }
}
