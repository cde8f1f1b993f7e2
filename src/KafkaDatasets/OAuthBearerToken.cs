namespace KafkaDatasets;

/// <summary>A token for the SASL mechanism OAUTHBEARER, as <see cref="KafkaDatasetOptions.OAuthBearerTokenProvider"/> and <see cref="KafkaWriterOptions.OAuthBearerTokenProvider"/> return it.</summary>
public sealed class OAuthBearerToken
{
    /// <summary>The token as it is sent to the brokers (for MSK, the signed URL; otherwise usually a JWT).</summary>
    public required string Value { get; init; }

    /// <summary>When the token expires. A new token is requested after 80 % of the remaining lifetime.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The name of the principal; brokers take it from the token itself. Default empty.</summary>
    public string Principal { get; init; } = "";

    /// <summary>SASL extensions (RFC 7628), for example <c>logicalCluster</c> and <c>identityPoolId</c> for Confluent Cloud. Default none.</summary>
    public IReadOnlyDictionary<string, string> Extensions { get; init; } = new Dictionary<string, string>();

    /// <summary>Returns when the token expires, but not the token.</summary>
    public override string ToString() => $"{nameof(OAuthBearerToken)}(expires {ExpiresAt:O})";
}
