namespace KafkaDatasets.Fetching.Direct.Protocol;

/// <summary>The requests that the engine sends, with Kafka's numbers.</summary>
internal enum ApiKey : short
{
    Fetch = 1,
    ListOffsets = 2,
    Metadata = 3,
    SaslHandshake = 17,
    ApiVersions = 18,
    SaslAuthenticate = 36,
}
