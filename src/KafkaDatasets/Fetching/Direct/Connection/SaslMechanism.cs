namespace KafkaDatasets.Fetching.Direct.Connection;

/// <summary>The SASL mechanisms that the engine supports.</summary>
internal enum SaslMechanism
{
    None,
    Plain,
    ScramSha256,
    ScramSha512,
    OAuthBearer,
}
