using Confluent.Kafka;

namespace KafkaDatasets.Clients;

/// <summary>Gives the program's OAUTHBEARER tokens to Confluent.Kafka clients, which ask again before a token expires.</summary>
internal sealed class TokenRefresh(Func<CancellationToken, Task<OAuthBearerToken>> provider, TimeSpan timeout, TimeProvider timeProvider)
{
    /// <summary>librdkafka wants a name; brokers take the one in the token.</summary>
    private const string AnyPrincipal = "kafkadatasets";

    private volatile BrokerException? _failure;

    /// <summary>Why there is no token; null: there is one, or none was asked for.</summary>
    public BrokerException? Failure => _failure;

    /// <summary>The handler of a client. It returns when the client has the token: the client is alive until then.</summary>
    public void Refresh(IClient client)
    {
        try
        {
            OAuthBearerToken token = Task.Run(() => RequestAsync()).GetAwaiter().GetResult();
            client.OAuthBearerSetToken(
                token.Value,
                token.ExpiresAt.ToUnixTimeMilliseconds(),
                token.Principal.Length > 0 ? token.Principal : AnyPrincipal,
                token.Extensions.Count > 0 ? token.Extensions.ToDictionary() : null);
            _failure = null;
        }
        catch (BrokerException e)
        {
            _failure = e;
            client.OAuthBearerSetTokenFailure(e.Message);
        }
        catch (KafkaException e)
        {
            _failure = new BrokerException($"The token of {nameof(KafkaDatasetOptions.OAuthBearerTokenProvider)} was refused: {e.Error.Reason}.", e) { IsAccessDenied = true };
            client.OAuthBearerSetTokenFailure(e.Error.Reason);
        }
    }

    private async Task<OAuthBearerToken> RequestAsync()
    {
        using var limit = new CancellationTokenSource(timeout, timeProvider);
        try
        {
            return await TokenCache.RequestAsync(provider, timeProvider, limit.Token).WaitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e)
        {
            throw new BrokerException(
                string.Create(System.Globalization.CultureInfo.InvariantCulture, $"The callback {nameof(KafkaDatasetOptions.OAuthBearerTokenProvider)} returned no token within {timeout.TotalSeconds:0.#} s."), e)
            {
                IsAccessDenied = true,
            };
        }
    }
}
