using System.Globalization;

namespace KafkaDatasets.Clients;

/// <summary>Caches the application's OAUTHBEARER tokens: the callback is called for the first one, and again after four fifths of a token's lifetime.</summary>
internal sealed class TokenCache(Func<CancellationToken, Task<OAuthBearerToken>> provider, TimeSpan timeout, TimeProvider timeProvider) : IDisposable
{
    private const double UsedLife = 0.8;
    private readonly SemaphoreSlim _lock = new(1, 1);
    private OAuthBearerToken? _token;
    private DateTimeOffset _refreshAt;
    private bool _isUsed;

    /// <summary>Ensures that there is a token that stays valid for a while, which may take as long as the callback does.</summary>
    /// <exception cref="BrokerException">The callback failed, or returned an unusable token.</exception>
    public async ValueTask PrepareAsync(CancellationToken cancellationToken)
    {
        await _lock.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await RefreshAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _lock.Release();
        }
    }

    /// <summary>Returns a token that stays valid for a while, and whether it was never returned before.</summary>
    /// <exception cref="BrokerException">The callback failed, or returned an unusable token.</exception>
    public async ValueTask<(OAuthBearerToken Token, bool IsNew)> GetAsync(CancellationToken cancellationToken)
    {
        await _lock.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            OAuthBearerToken token = await RefreshAsync(cancellationToken).ConfigureAwait(false);
            bool isNew = !_isUsed;
            _isUsed = true;
            return (token, isNew);
        }
        finally
        {
            _lock.Release();
        }
    }

    /// <summary>Discards a token that a broker rejected.</summary>
    public void Drop(OAuthBearerToken token) => Interlocked.CompareExchange(ref _token, null, token);

    public void Dispose() => _lock.Dispose();

    /// <summary>Calls the callback and checks what it returns.</summary>
    /// <exception cref="BrokerException">The callback failed, took too long, or returned an unusable token.</exception>
    public static async Task<OAuthBearerToken> RequestAsync(
        Func<CancellationToken, Task<OAuthBearerToken>> provider, TimeSpan timeout, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(timeout, timeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        OAuthBearerToken? token;
        try
        {
            token = await provider(both.Token).WaitAsync(both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (both.IsCancellationRequested)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Failed(string.Create(CultureInfo.InvariantCulture, $"returned no token within {timeout.TotalSeconds:0.#} s"), e);
        }
        catch (Exception e)
        {
            throw Failed($"failed: {e.Message.TrimEnd('.')}", e);
        }

        return token is null ? throw Failed("returned null", null)
            : string.IsNullOrEmpty(token.Value) || token.Value.Any(char.IsControl) ? throw Failed("returned a token that is empty or has control characters", null)
            : token.ExpiresAt <= timeProvider.GetUtcNow() ? throw Failed(string.Create(CultureInfo.InvariantCulture, $"returned a token that expired at {token.ExpiresAt:O}"), null)
            : token;
    }

    private async ValueTask<OAuthBearerToken> RefreshAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        if (_token is { } known && now < _refreshAt)
        {
            return known;
        }

        try
        {
            OAuthBearerToken token = await RequestAsync(provider, timeout, timeProvider, cancellationToken).ConfigureAwait(false);
            _refreshAt = now + ((token.ExpiresAt - now) * UsedLife);
            _isUsed = false;
            _token = token;
            return token;
        }
        catch (BrokerException) when (_token is { } old && old.ExpiresAt > timeProvider.GetUtcNow())
        {
            return old; // the next connection tries again
        }
    }

    /// <summary>The exception for a failed callback.</summary>
    public static BrokerException Failed(string what, Exception? cause) =>
        new($"The callback {nameof(KafkaDatasetOptions.OAuthBearerTokenProvider)} {what}.", cause) { IsAccessDenied = true };
}
