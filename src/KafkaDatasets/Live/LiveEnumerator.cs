using KafkaDatasets.Tensors;

namespace KafkaDatasets.Live;

/// <summary>One read, which begins with the first <see cref="MoveNextAsync"/>. A second concurrent caller gets an <see cref="InvalidOperationException"/>.</summary>
internal sealed class LiveEnumerator(LiveSession session, Func<CancellationToken, LiveReader> open, CancellationToken callToken, CancellationToken enumeratorToken) : IAsyncEnumerator<LiveBatch>
{
    private CancellationTokenSource? _cancellation;
    private LiveReader? _reader;
    private LiveBatch? _current;
    private bool _isEnded;
    private SingleCaller _caller;

    public LiveBatch Current => _current!;

    public async ValueTask<bool> MoveNextAsync()
    {
        Enter();
        try
        {
            _current = null;
            if (_isEnded)
            {
                return false;
            }

            if (_reader is null)
            {
                _cancellation = CancellationTokenSource.CreateLinkedTokenSource(callToken, enumeratorToken);
                session.BeginRead();
                _reader = open(_cancellation.Token);
            }

            _current = await _reader.ReadAsync().ConfigureAwait(false);
            if (_current is null)
            {
                await EndAsync().ConfigureAwait(false);
            }

            return _current is not null;
        }
        catch (OperationCanceledException e) when (_cancellation?.IsCancellationRequested == true)
        {
            await EndAsync().ConfigureAwait(false);
            throw new OperationCanceledException($"Following topic '{session.Topic}' was cancelled.", e, callToken.IsCancellationRequested ? callToken : enumeratorToken);
        }
        catch
        {
            await EndAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            _caller.Exit();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Enter();
        try
        {
            _current = null;
            await EndAsync().ConfigureAwait(false);
        }
        finally
        {
            _caller.Exit();
        }
    }

    private void Enter() => _caller.Enter(session.Topic, "join again to read with another member");

    private async ValueTask EndAsync()
    {
        _isEnded = true;
        if (_reader is { } reader)
        {
            _reader = null;
            await reader.DisposeAsync().ConfigureAwait(false);
        }

        _cancellation?.Dispose();
    }
}
