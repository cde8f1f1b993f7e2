using System.Globalization;
using Confluent.Kafka;

namespace KafkaDatasets.Clients;

/// <summary>Passes the application's OAUTHBEARER tokens to Confluent.Kafka clients, which request a new one before a token expires.</summary>
internal sealed class TokenRefresh(Func<CancellationToken, Task<OAuthBearerToken>> provider, TimeSpan timeout, TimeProvider timeProvider)
{
    /// <summary>librdkafka requires a name; brokers use the one in the token.</summary>
    private const string AnyPrincipal = "kafkadatasets";

    private volatile BrokerException? _failure;
    private volatile bool _isPending;
    private long _validUntil;

    /// <summary>Why there is no token; null when there is one, or none was requested.</summary>
    public BrokerException? Failure => _failure ?? (_isPending
        ? TokenCache.Failed(string.Create(CultureInfo.InvariantCulture, $"returned no token within {timeout.TotalSeconds:0.#} s"), null)
        : null);

    /// <summary>Whether an earlier token is still valid: the client retries in a few seconds, and nothing is lost meanwhile.</summary>
    public bool HasValidToken => timeProvider.GetUtcNow().ToUnixTimeMilliseconds() < Volatile.Read(ref _validUntil);

    /// <summary>Handles the client's token request, returning once the client, which is not disposed before then, has the token.</summary>
    public void Refresh(IClient client)
    {
        _isPending = true;
        try
        {
            OAuthBearerToken token = Task.Run(() => TokenCache.RequestAsync(provider, timeout, timeProvider, CancellationToken.None)).GetAwaiter().GetResult();
            long expires = token.ExpiresAt.ToUnixTimeMilliseconds();
            client.OAuthBearerSetToken(
                token.Value,
                expires,
                token.Principal.Length > 0 ? token.Principal : AnyPrincipal,
                token.Extensions.Count > 0 ? token.Extensions.ToDictionary() : null);
            Volatile.Write(ref _validUntil, expires);
            _failure = null;
        }
        catch (BrokerException e)
        {
            _failure = e;
            client.OAuthBearerSetTokenFailure(e.Message);
        }
        catch (KafkaException e)
        {
            _failure = new BrokerException($"The token of {nameof(KafkaDatasetOptions.OAuthBearerTokenProvider)} was refused: {e.Error.Reason.TrimEnd('.')}.", e) { IsAccessDenied = true };
            client.OAuthBearerSetTokenFailure(e.Error.Reason);
        }
        finally
        {
            _isPending = false;
        }
    }
}
