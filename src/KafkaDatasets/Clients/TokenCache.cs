namespace KafkaDatasets.Clients;

/// <summary>The program's OAUTHBEARER tokens: the callback is called for the first one, and again after four fifths of a token's life.</summary>
internal sealed class TokenCache(Func<CancellationToken, Task<OAuthBearerToken>> provider, TimeProvider timeProvider) : IDisposable
{
    private const double UsedLife = 0.8;
    private readonly SemaphoreSlim _lock = new(1, 1);
    private OAuthBearerToken? _token;
    private DateTimeOffset _refreshAt;

    /// <summary>A token that is good for a while, and whether it is a new one.</summary>
    /// <exception cref="BrokerException">The callback failed, or returned a token that cannot be used.</exception>
    public async ValueTask<(OAuthBearerToken Token, bool IsNew)> GetAsync(CancellationToken cancellationToken)
    {
        await _lock.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            DateTimeOffset now = timeProvider.GetUtcNow();
            if (_token is { } known && now < _refreshAt)
            {
                return (known, false);
            }

            OAuthBearerToken token = await RequestAsync(provider, timeProvider, cancellationToken).ConfigureAwait(false);
            _refreshAt = now + ((token.ExpiresAt - now) * UsedLife);
            _token = token;
            return (token, true);
        }
        finally
        {
            _lock.Release();
        }
    }

    /// <summary>Forgets a token that a broker refused.</summary>
    public void Drop(OAuthBearerToken token) => Interlocked.CompareExchange(ref _token, null, token);

    public void Dispose() => _lock.Dispose();

    /// <summary>Calls the callback and checks what it returns.</summary>
    /// <exception cref="BrokerException">The callback failed, or returned a token that cannot be used.</exception>
    public static async Task<OAuthBearerToken> RequestAsync(
        Func<CancellationToken, Task<OAuthBearerToken>> provider, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        OAuthBearerToken? token;
        try
        {
            token = await provider(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw Failed($"failed: {e.Message.TrimEnd('.')}", e);
        }

        return token is null ? throw Failed("returned null", null)
            : string.IsNullOrEmpty(token.Value) || token.Value.Any(char.IsControl) ? throw Failed("returned a token that is empty or has control characters", null)
            : token.ExpiresAt <= timeProvider.GetUtcNow() ? throw Failed(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"returned a token that expired at {token.ExpiresAt:O}"), null)
            : token;
    }

    private static BrokerException Failed(string what, Exception? cause) =>
        new($"The callback {nameof(KafkaDatasetOptions.OAuthBearerTokenProvider)} {what}.", cause) { IsAccessDenied = true };
}
