using System.Net;
using System.Net.Sockets;

namespace KafkaDatasets.Testing.Cluster;

/// <summary>Stands between clients and a port of the loopback interface, and does to their connections what networks do.</summary>
internal sealed class TcpProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly HashSet<Socket> _sockets = [];
    private readonly CancellationTokenSource _disposed = new();
    private readonly int _targetPort;
    private volatile TaskCompletionSource? _silence;
    private volatile bool _refuses;

    public TcpProxy(int targetPort)
    {
        _targetPort = targetPort;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    /// <summary>How fast each connection brings answers; 0: as fast as it can.</summary>
    public int BytesPerSecond { get; set; }

    /// <summary>Everything works again: what was held back comes, and new connections are taken.</summary>
    public void Heal()
    {
        BytesPerSecond = 0;
        _refuses = false;
        Interlocked.Exchange(ref _silence, null)?.SetResult();
    }

    /// <summary>Closes every connection there is, by RST.</summary>
    public void Cut()
    {
        lock (_sockets)
        {
            foreach (Socket socket in _sockets)
            {
                socket.LingerState = new LingerOption(true, 0);
                socket.Dispose();
            }

            _sockets.Clear();
        }
    }

    /// <summary>Closes every connection, and every new one, until healed.</summary>
    public void Refuse()
    {
        _refuses = true;
        Cut();
    }

    /// <summary>A black hole, until healed: connections are accepted, and stay, and no byte comes through.</summary>
    public void FallSilent() => _silence = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Dispose()
    {
        _disposed.Cancel();
        _listener.Dispose();
        Cut();
    }

    private async Task AcceptAsync()
    {
        while (!_disposed.IsCancellationRequested)
        {
            try
            {
                _ = ServeAsync(await _listener.AcceptSocketAsync(_disposed.Token));
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // the next one, or the end
            }
        }
    }

    private async Task ServeAsync(Socket client)
    {
        var broker = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        lock (_sockets)
        {
            _sockets.Add(client);
            _sockets.Add(broker);
        }

        try
        {
            client.NoDelay = true;
            if (!_refuses)
            {
                await PassAsync();
                await broker.ConnectAsync(IPAddress.Loopback, _targetPort, _disposed.Token);
                await Task.WhenAny(PumpAsync(client, broker, isAnswer: false), PumpAsync(broker, client, isAnswer: true));
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // one of the two is gone
        }

        lock (_sockets)
        {
            _sockets.Remove(client);
            _sockets.Remove(broker);
        }

        client.Dispose();
        broker.Dispose();
    }

    private async Task PumpAsync(Socket from, Socket to, bool isAnswer)
    {
        byte[] buffer = new byte[64 << 10];
        while (true)
        {
            int rate = isAnswer ? BytesPerSecond : 0;
            int count = await from.ReceiveAsync(buffer.AsMemory(0, rate == 0 ? buffer.Length : Math.Max(1, rate / 10)), _disposed.Token);
            if (count == 0)
            {
                return;
            }

            if (rate > 0)
            {
                await Task.Delay(TimeSpan.FromSeconds((double)count / rate), _disposed.Token);
            }

            await PassAsync();
            for (int sent = 0; sent < count;)
            {
                sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), _disposed.Token);
            }
        }
    }

    private Task PassAsync() => _silence?.Task.WaitAsync(_disposed.Token) ?? Task.CompletedTask;
}
