using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using KafkaDatasets.Fetching.Direct.Protocol;

namespace KafkaDatasets.Fetching.Direct.Connection;

/// <summary>A connection to a broker for one caller and one request at a time; the response is read piece by piece.</summary>
/// <remarks>After an error it must be disposed.</remarks>
internal sealed class BrokerConnection : IDisposable
{
    private const int ReadAhead = 64 << 10;

    private readonly Socket _socket;
    private readonly ClientSettings _settings;
    private readonly RequestWatchdog _watchdog;
    private readonly BrokerStream _network;
    private Stream _stream;
    private byte[] _buffer = new byte[ReadAhead];
    private int _start;
    private int _end;
    private int _frameLeft;
    private int _correlationId;
    private int _disposed;

    private BrokerConnection(BrokerEndpoint endpoint, Socket socket, ClientSettings settings, TimeProvider timeProvider, bool isBlocking)
    {
        Endpoint = endpoint;
        _socket = socket;
        _settings = settings;
        _stream = _network = new BrokerStream(socket) { IsBlocking = isBlocking };
        _watchdog = new RequestWatchdog(timeProvider, BytesWaiting, Abort);
    }

    public BrokerEndpoint Endpoint { get; }

    public ProtocolWriter Writer { get; } = new();

    public ApiVersions Versions { get; private set; } = null!;

    /// <summary>The time until which the broker accepts requests on this connection (KIP-368); null when there is no limit.</summary>
    public DateTimeOffset? ValidUntil { get; private set; }

    public bool IsDisposed => Volatile.Read(ref _disposed) != 0;

    private bool IsClosed => IsDisposed || _watchdog.HasFired;

    /// <summary>How long no byte may arrive before the connection is considered dead.</summary>
    public TimeSpan SilenceLimit { get; init; }

    /// <summary>Connects to the first address of the host that responds, negotiates TLS and SASL as configured, and requests the broker's versions.</summary>
    /// <param name="endpoint">The broker's address.</param>
    /// <param name="settings">The client settings.</param>
    /// <param name="timeout">How long the broker may be silent.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <param name="isBlocking">Whether requests block the caller's thread until there is a response, instead of waiting asynchronously.</param>
    /// <exception cref="ConnectionLostException">The broker cannot be reached.</exception>
    /// <exception cref="BrokerException">The broker rejects the credentials, its certificate is not trusted, or it does not speak the configured protocol.</exception>
    /// <exception cref="ProtocolException">It does not speak Kafka's protocol.</exception>
    public static async ValueTask<BrokerConnection> ConnectAsync(
        BrokerEndpoint endpoint, ClientSettings settings, TimeSpan timeout, TimeProvider timeProvider, CancellationToken cancellationToken, bool isBlocking = false)
    {
        if (settings.Tokens is { } tokens)
        {
            await tokens.PrepareAsync(cancellationToken).ConfigureAwait(false); // before connecting, so that it does not use up the broker's time limit
        }

        TimeSpan limit = timeout < settings.ConnectTimeout ? timeout : settings.ConnectTimeout;
        using var timer = new CancellationTokenSource(limit, timeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        try
        {
            IPAddress[] addresses = await ConnectionFaults.TranslateAsync(endpoint, settings, () => ResolveAsync(endpoint, settings, both.Token)).ConfigureAwait(false);
            return await ConnectAsync(endpoint, addresses, settings, limit, timeProvider, both.Token, isBlocking).ConfigureAwait(false);
        }
        catch (OperationCanceledException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new ConnectionLostException(string.Create(CultureInfo.InvariantCulture, $"{endpoint} did not respond within {limit.TotalSeconds:0.#} s"), e);
        }
    }

    /// <summary>Connects to the first of the host's addresses that responds.</summary>
    public static Task<BrokerConnection> ConnectAsync(
        BrokerEndpoint endpoint, IReadOnlyList<IPAddress> addresses, ClientSettings settings, TimeSpan silenceLimit, TimeProvider timeProvider, CancellationToken cancellationToken, bool isBlocking = false) =>
        StaggeredAttempts.FirstAsync(
            addresses,
            (address, token) => ConnectionFaults.TranslateAsync(endpoint, settings, () => ConnectAsync(endpoint, address, settings, silenceLimit, timeProvider, token, isBlocking)),
            static e => e is not ConnectionLostException,
            timeProvider,
            cancellationToken);

    /// <summary>The next request's correlation id.</summary>
    public int NextCorrelationId() => ++_correlationId;

    /// <summary>Sends the contents of <see cref="Writer"/>, and reads the response's length and header.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask RequestAsync(bool flexibleHeader, TimeSpan extraTime)
    {
        await SendAsync(extraTime).ConfigureAwait(false);
        await ReceiveHeaderAsync(flexibleHeader).ConfigureAwait(false);
    }

    /// <summary>Sends the contents of <see cref="Writer"/>.</summary>
    /// <param name="extraTime">How much longer than usual the response may take.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask SendAsync(TimeSpan extraTime)
    {
        _watchdog.Start(SilenceLimit + extraTime, _settings.RequestTimeout + extraTime);
        try
        {
            await _stream.WriteAsync(Writer.Request).ConfigureAwait(false);
        }
        catch (Exception e) when (Translate(e) is { } translated)
        {
            throw translated;
        }
    }

    /// <summary>Reads the length and header of the response to what was sent.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask ReceiveHeaderAsync(bool flexibleHeader)
    {
        try
        {
            _frameLeft = 4;
            while (_end - _start < 4)
            {
                await FillAsync().ConfigureAwait(false);
            }

            int length = BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(_start));
            _start += 4;
            if (length < 4 || length > _settings.MaxResponseBytes)
            {
                throw ConnectionFaults.NotAResponse(Endpoint, _settings, length, isFirst: Versions is null);
            }

            _frameLeft = length;
            while (!TryReadHeader(flexibleHeader))
            {
                await FillAsync().ConfigureAwait(false);
            }
        }
        catch (Exception e) when (Translate(e) is { } translated)
        {
            throw translated;
        }
    }

    /// <summary>Sends the contents of <see cref="Writer"/> and reads the whole response, which is valid until the next request.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ExchangeAsync(bool flexibleHeader)
    {
        await RequestAsync(flexibleHeader, TimeSpan.Zero).ConfigureAwait(false);
        while (Buffered.Length < _frameLeft)
        {
            await ReadMoreAsync().ConfigureAwait(false);
        }

        ReadOnlyMemory<byte> response = _buffer.AsMemory(_start, _frameLeft);
        Consume(_frameLeft);
        EndResponse();
        return response;
    }

    /// <summary>The bytes of the response that have arrived but have not been consumed.</summary>
    public ReadOnlySpan<byte> Buffered => _buffer.AsSpan(_start, Math.Min(_end - _start, _frameLeft));

    /// <summary>The number of bytes of the response that have not been consumed.</summary>
    public int FrameLeft => _frameLeft;

    public void Consume(int count)
    {
        _start += count;
        _frameLeft -= count;
    }

    /// <summary>Waits for more of the response.</summary>
    /// <exception cref="ProtocolException">The response has no more bytes.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask ReadMoreAsync()
    {
        if (Buffered.Length == _frameLeft)
        {
            throw new ProtocolException("A response is shorter than its fields");
        }

        try
        {
            await FillAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (Translate(e) is { } translated)
        {
            throw translated;
        }
    }

    /// <summary>Reads a part of the response directly into memory.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask ReadExactlyAsync(Memory<byte> target)
    {
        if (target.Length > _frameLeft)
        {
            throw new ProtocolException("A response is shorter than its fields");
        }

        int ready = Math.Min(target.Length, _end - _start);
        _buffer.AsSpan(_start, ready).CopyTo(target.Span);
        Consume(ready);
        target = target[ready..];
        try
        {
            while (target.Length > 0)
            {
                _network.Outstanding = _frameLeft;
                int count = await _stream.ReadAsync(target).ConfigureAwait(false);
                if (count == 0)
                {
                    throw new EndOfStreamException("The broker closed the connection in the middle of a response.");
                }

                _watchdog.Touch();
                _frameLeft -= count;
                target = target[count..];
            }
        }
        catch (Exception e) when (Translate(e) is { } translated)
        {
            throw translated;
        }
    }

    /// <summary>Finishes reading a response.</summary>
    /// <exception cref="ProtocolException">The response has unread bytes.</exception>
    public void EndResponse()
    {
        _watchdog.Stop();
        if (_frameLeft != 0)
        {
            throw new ProtocolException($"A response has {_frameLeft} bytes more than its fields");
        }
    }

    /// <summary>Lets the response wait until the caller has room for it, without a limit of time.</summary>
    public void Suspend() => _watchdog.Stop();

    /// <summary>Limits the time of the response again, which begins anew.</summary>
    public void Resume() => _watchdog.Resume();

    /// <summary>Waits on this thread until bytes have arrived on one of several connections, or one of them was closed.</summary>
    /// <param name="connections">The connections, which block their caller.</param>
    /// <param name="sockets">An empty list, to be used for the wait.</param>
    /// <param name="timeout">How long to wait at most.</param>
    /// <returns>The first of the connections that has something; null if none has.</returns>
    public static BrokerConnection? WaitForAny(List<BrokerConnection> connections, List<Socket> sockets, TimeSpan timeout)
    {
        try
        {
            foreach (BrokerConnection connection in connections)
            {
                sockets.Add(connection._socket);
            }

            Socket.Select(sockets, null, null, timeout);
            foreach (BrokerConnection connection in connections)
            {
                if (connection.IsClosed || sockets.Contains(connection._socket))
                {
                    connection._network.HasArrived = true;
                    return connection;
                }
            }

            return null;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return connections.Find(static c => c.IsClosed) ?? connections[0]; // reading from it tells what is wrong
        }
        finally
        {
            sockets.Clear();
        }
    }

    /// <summary>Whether the connection can take another request, as far as can be told without sending one.</summary>
    public bool IsUsable(DateTimeOffset now)
    {
        try
        {
            return !IsDisposed && (ValidUntil is not { } until || now < until) && _end == _start && !_network.HasReadAhead && !_socket.Poll(0, SelectMode.SelectRead);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>Closes the connection from any thread; a pending read or write fails with a <see cref="ConnectionLostException"/>.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _watchdog.Dispose();
            _socket.Dispose();
        }
    }

    private static async Task<IPAddress[]> ResolveAsync(BrokerEndpoint endpoint, ClientSettings settings, CancellationToken cancellationToken)
    {
        IPAddress[] addresses = IPAddress.TryParse(endpoint.Host, out IPAddress? literal)
            ? [literal]
            : await Dns.GetHostAddressesAsync(endpoint.Host, settings.AddressFamily ?? AddressFamily.Unspecified, cancellationToken).ConfigureAwait(false);
        return addresses.Length > 0 ? addresses : throw new SocketException((int)SocketError.HostNotFound);
    }

    private static async Task<BrokerConnection> ConnectAsync(
        BrokerEndpoint endpoint, IPAddress address, ClientSettings settings, TimeSpan silenceLimit, TimeProvider timeProvider, CancellationToken cancellationToken, bool isBlocking)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        BrokerConnection? connection = null;
        try
        {
            if (settings.ReceiveBufferBytes > 0)
            {
                socket.ReceiveBufferSize = settings.ReceiveBufferBytes;
            }

            if (settings.SendBufferBytes > 0)
            {
                socket.SendBufferSize = settings.SendBufferBytes;
            }

            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, settings.KeepAlive);
            await (isBlocking ? ConnectBlockingAsync(socket, address, endpoint.Port, cancellationToken) : socket.ConnectAsync(address, endpoint.Port, cancellationToken)).ConfigureAwait(false);
            connection = new BrokerConnection(endpoint, socket, settings, timeProvider, isBlocking) { SilenceLimit = silenceLimit };
            await connection.SetUpAsync(timeProvider, cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            connection?.Dispose();
            socket.Dispose();
            throw;
        }
    }

    /// <remarks>A socket that has been used asynchronously wakes a thread of the process's sockets each time bytes arrive, whoever waits for them.</remarks>
    private static async ValueTask ConnectBlockingAsync(Socket socket, IPAddress address, int port, CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static s => ((Socket)s!).Dispose(), socket);
        try
        {
            await Task.Run(() => socket.Connect(address, port), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (cancellationToken.IsCancellationRequested && e is SocketException or ObjectDisposedException)
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }

    private async ValueTask SetUpAsync(TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static c => ((BrokerConnection)c!)._socket.Dispose(), this);
        try
        {
            if (_settings.UseTls)
            {
                await SetUpTlsAsync(cancellationToken).ConfigureAwait(false);
            }

            ApiVersions.WriteRequest(Writer, NextCorrelationId(), _settings.ClientId);
            ReadOnlyMemory<byte> response = await ExchangeAsync(flexibleHeader: false).ConfigureAwait(false);
            Versions = ApiVersions.ReadResponse(new ProtocolReader(response.Span), out ErrorCode error);
            if (error != ErrorCode.None)
            {
                throw new BrokerException($"{Endpoint} responded to ApiVersions with {error.Describe()}.") { ErrorCode = (int)error };
            }

            if (_settings.Sasl != SaslMechanism.None)
            {
                TimeSpan lifetime = await SaslAuthenticator.AuthenticateAsync(this, _settings, cancellationToken).ConfigureAwait(false);
                ValidUntil = lifetime > TimeSpan.Zero ? timeProvider.GetUtcNow() + (lifetime * 0.8) : null;
            }
        }
        catch (Exception e) when (cancellationToken.IsCancellationRequested && e is ConnectionLostException or IOException or SocketException or ObjectDisposedException)
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }

    private async ValueTask SetUpTlsAsync(CancellationToken cancellationToken)
    {
        byte[] first = new byte[1];
        ValueTask<int> peek = _socket.ReceiveAsync(first.AsMemory(), SocketFlags.Peek, cancellationToken);
        _network.BeginTls();
        var tls = new SslStream(_stream);
        _stream = tls;
        try
        {
            await tls.AuthenticateAsClientAsync(_settings.Tls.ForHost(Endpoint.Host), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is AuthenticationException or IOException && !cancellationToken.IsCancellationRequested && !ConnectionFaults.IsTls(first[0]))
        {
            if (first[0] != 0)
            {
                throw new BrokerException($"{Endpoint} does not speak TLS. {ConnectionFaults.WithoutTls}.", e);
            }

            throw new ConnectionLostException($"{Endpoint} closed the connection in the TLS handshake; if the port does not speak TLS, {ConnectionFaults.WithoutTls}", e);
        }
        finally
        {
            _ = ObserveAsync(peek);
        }
    }

    private static async Task ObserveAsync(ValueTask<int> peek)
    {
        try
        {
            await peek.ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // whoever reads from the connection reports what happened to it
        }
    }

    private bool TryReadHeader(bool flexible)
    {
        var reader = new ProtocolReader(Buffered);
        int correlationId = reader.ReadInt32();
        reader.SkipTags(flexible);
        if (reader.IsTruncated)
        {
            return Buffered.Length == _frameLeft ? throw new ProtocolException("A response is shorter than its header") : false;
        }

        if (correlationId != _correlationId)
        {
            throw new ProtocolException($"A response has the correlation id {correlationId} instead of {_correlationId}");
        }

        Consume(reader.Position);
        return true;
    }

    /// <summary>Reads into the buffer, which grows up to the response's length.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FillAsync()
    {
        if (_start == _end)
        {
            _start = _end = 0;
        }
        else if (_end == _buffer.Length)
        {
            MakeRoom();
        }

        _network.Outstanding = _frameLeft - (_end - _start);
        int count = await _stream.ReadAsync(_buffer.AsMemory(_end)).ConfigureAwait(false);
        if (count == 0)
        {
            throw new EndOfStreamException("The broker closed the connection.");
        }

        _watchdog.Touch();
        _end += count;
    }

    /// <summary>The number of bytes that have arrived but have not been read.</summary>
    private int BytesWaiting()
    {
        try
        {
            return _socket.Available;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return 0;
        }
    }

    private void MakeRoom()
    {
        int used = _end - _start;
        byte[] target = used > _buffer.Length / 2 ? new byte[2 * used] : _buffer;
        _buffer.AsSpan(_start, used).CopyTo(target);
        _buffer = target;
        _start = 0;
        _end = used;
    }

    private void Abort() => _socket.Dispose();

    private Exception? Translate(Exception e) => e switch
    {
        IOException or SocketException or ObjectDisposedException when _watchdog.HasFired => new ConnectionLostException($"{Endpoint} did not respond in time: {_watchdog.Reason}", e),
        IOException or SocketException or ObjectDisposedException => new ConnectionLostException($"The connection to {Endpoint} was lost: {e.Message}", e),
        _ => null,
    };
}
