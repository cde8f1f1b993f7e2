using KafkaDatasets.Fetching.Direct.Protocol;

namespace KafkaDatasets.Fetching.Direct.Connection;

/// <summary>Unused connections, kept for the next pass until they have been idle for a while.</summary>
internal sealed class ConnectionPool : IDisposable
{
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(15);
    private readonly Lock _lock = new();
    private readonly List<(BrokerConnection Connection, DateTimeOffset Since)> _idle = [];
    private readonly ClientSettings _settings;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _timeProvider;
    private ITimer? _timer;
    private bool _disposed;

    public ConnectionPool(ClientSettings settings, TimeSpan timeout, TimeProvider timeProvider)
    {
        _settings = settings;
        _timeout = timeout;
        _timeProvider = timeProvider;
    }

    /// <summary>Returns an idle connection to the broker, or a new one.</summary>
    public ValueTask<BrokerConnection> RentAsync(BrokerEndpoint endpoint, CancellationToken cancellationToken)
    {
        DateTimeOffset now = _timeProvider.GetUtcNow();
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            for (int i = _idle.Count - 1; i >= 0; i--)
            {
                BrokerConnection connection = _idle[i].Connection;
                if (connection.Endpoint == endpoint)
                {
                    _idle.RemoveAt(i);
                    if (connection.IsUsable(now))
                    {
                        return new ValueTask<BrokerConnection>(connection);
                    }

                    connection.Dispose();
                }
            }
        }

        return ConnectAsync(endpoint, isBlocking: false, cancellationToken);
    }

    /// <summary>Makes a new connection to the broker, which need not be returned.</summary>
    public ValueTask<BrokerConnection> ConnectAsync(BrokerEndpoint endpoint, bool isBlocking, CancellationToken cancellationToken) =>
        BrokerConnection.ConnectAsync(endpoint, _settings, _timeout, _timeProvider, cancellationToken, isBlocking);

    /// <summary>Returns a connection that has no request in progress to the pool.</summary>
    public void Return(BrokerConnection connection)
    {
        DateTimeOffset now = _timeProvider.GetUtcNow();
        lock (_lock)
        {
            if (!_disposed && connection.IsUsable(now))
            {
                _idle.Add((connection, now));
                _timer ??= _timeProvider.CreateTimer(static p => ((ConnectionPool)p!).CloseIdle(), this, IdleTimeout, IdleTimeout);
                return;
            }
        }

        connection.Dispose();
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _timer?.Dispose();
            _idle.ForEach(i => i.Connection.Dispose());
            _idle.Clear();
        }
    }

    private void CloseIdle()
    {
        DateTimeOffset now = _timeProvider.GetUtcNow();
        lock (_lock)
        {
            for (int i = _idle.Count - 1; i >= 0; i--)
            {
                if (now - _idle[i].Since >= IdleTimeout || !_idle[i].Connection.IsUsable(now))
                {
                    _idle[i].Connection.Dispose();
                    _idle.RemoveAt(i);
                }
            }

            if (_idle.Count == 0)
            {
                _timer?.Dispose();
                _timer = null;
            }
        }
    }
}
