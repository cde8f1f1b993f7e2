using System.Net;
using System.Net.Sockets;

namespace KafkaDatasets.Embedded;

/// <summary>A small HTTP/1.1 server on a free port of the loopback interface.</summary>
/// <remarks>HttpListener cannot choose a free port, and needs permission to listen on Windows.</remarks>
internal sealed class HttpServer : IDisposable
{
    private static readonly TimeSpan PauseWithoutHandles = TimeSpan.FromMilliseconds(100);

    private readonly Func<HttpRequest, HttpResponse> _answer;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Lock _lock = new();
    private readonly HashSet<Socket> _connections = [];
    private bool _disposed;

    internal HttpServer(Func<HttpRequest, HttpResponse> answer)
    {
        _answer = answer;
        _listener.Start();
        Url = $"http://{_listener.LocalEndpoint}";
        _ = AcceptAsync();
    }

    internal string Url { get; }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach (Socket connection in _connections)
            {
                connection.Dispose();
            }
        }

        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket connection;
            try
            {
                connection = await _listener.AcceptSocketAsync().ConfigureAwait(false);
            }
            catch (SocketException) when (!_disposed)
            {
                await Task.Delay(PauseWithoutHandles).ConfigureAwait(false);
                continue;
            }
            catch (Exception) when (_disposed)
            {
                return;
            }

            _ = ServeAsync(connection);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        lock (_lock)
        {
            if (_disposed)
            {
                socket.Dispose();
                return;
            }

            _connections.Add(socket);
        }

        try
        {
            socket.NoDelay = true;
            using HttpConnection connection = new(socket);
            await connection.ServeAsync(Answer).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException)
        {
            // The client, or Dispose, closed the connection.
        }
        finally
        {
            lock (_lock)
            {
                _connections.Remove(socket);
            }
        }
    }

    private HttpResponse Answer(HttpRequest request)
    {
        try
        {
            return _answer(request);
        }
        catch (Exception)
        {
            return new HttpResponse(500, default);
        }
    }
}
