using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace KafkaDatasets.Fetching.Direct.Connection;

/// <summary>A connection's bytes as the network has them; a reader of a long response is woken once for many of them, because waking it costs more than decoding many records.</summary>
/// <remarks><see cref="System.Net.Security.SslStream"/> reads through it: it takes 16 KiB at a time, the most that a TLS record has, which would be a wait for each.</remarks>
internal sealed class BrokerStream : NetworkStream
{
    /// <summary>For so many bytes a reader is woken at the latest: it takes what the socket has received in one go, and a broker on the same cores is interrupted less often.</summary>
    private const int MostAtOnce = 2 << 20;

    /// <summary>So much is held back between this stream and the response's bytes that have been read: less than two TLS records.</summary>
    private const int HeldByTls = 34 << 10;

    private const int ReadAhead = 128 << 10;
    private byte[]? _ahead;
    private int _start;
    private int _end;
    private int _lowWater = 1;

    public BrokerStream(Socket socket)
        : base(socket, ownsSocket: true)
    {
    }

    /// <summary>The number of bytes of the response that the reader has yet to get; 0 before the first one.</summary>
    public int Outstanding { get; set; }

    /// <summary>Whether bytes have been received that nobody has read.</summary>
    public bool HasReadAhead => _start < _end;

    /// <summary>Whether reads and writes block their thread, instead of waiting asynchronously: then no other thread is woken when bytes arrive.</summary>
    public bool IsBlocking { get; init; }

    /// <summary>Whether bytes are known to have arrived, so that the next blocking read need not wait for them.</summary>
    public bool HasArrived { get; set; }

    /// <summary>From now on, TLS records come through this stream.</summary>
    public void BeginTls() => _ahead = new byte[ReadAhead];

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_ahead is null)
        {
            WakeAt(Outstanding);
            return IsBlocking ? new ValueTask<int>(Receive(buffer.Span)) : base.ReadAsync(buffer, cancellationToken);
        }

        return HasReadAhead ? new ValueTask<int>(Take(buffer.Span)) : ReceiveAsync(buffer, cancellationToken);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!IsBlocking)
        {
            return base.WriteAsync(buffer, cancellationToken);
        }

        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        WakeAt(Outstanding - HeldByTls);
        _start = 0;
        _end = IsBlocking ? Receive(_ahead) : await base.ReadAsync(_ahead.AsMemory(), cancellationToken).ConfigureAwait(false);
        return Take(buffer.Span);
    }

    private int Receive(Span<byte> buffer)
    {
        if (!HasArrived)
        {
            Socket.Poll(-1, SelectMode.SelectRead); // even a socket that has been used asynchronously, as in a TLS handshake, is waited for on this thread
        }

        HasArrived = false;
        return Read(buffer);
    }

    private int Take(Span<byte> target)
    {
        int count = Math.Min(target.Length, _end - _start);
        _ahead.AsSpan(_start, count).CopyTo(target);
        _start += count;
        return count;
    }

    /// <summary>Sets how many bytes must arrive before a wait ends (only on Linux). A blocking wait ends with the first: its thread is cheap to wake, and it might wait for more than fits into the socket's buffer.</summary>
    private void WakeAt(int bytes)
    {
        bytes = Math.Clamp(bytes, 1, MostAtOnce);
        if (bytes == _lowWater || IsBlocking || !OperatingSystem.IsLinux())
        {
            return;
        }

        Socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReceiveLowWater, bytes);
        _lowWater = bytes;
    }
}
