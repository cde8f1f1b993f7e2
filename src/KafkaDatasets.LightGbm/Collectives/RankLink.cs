using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace KafkaDatasets.LightGbm.Collectives;

/// <summary>The connection to another rank. One thread exchanges data over it; another one sends heartbeats between frames.</summary>
internal sealed unsafe class RankLink : IDisposable
{
    private const int HeaderLength = 5;
    private const int LongestReason = 4096;

    private readonly Socket _socket;
    private readonly byte[] _sendHeader = new byte[HeaderLength];
    private readonly byte[] _receiveHeader = new byte[HeaderLength];
    private LinkExchange _exchange;
    private int _sent;
    private int _received;
    private int _isSending;

    public RankLink(int rank, Socket socket)
    {
        Rank = rank;
        _socket = socket;
        _socket.NoDelay = true;
        _socket.Blocking = false;
    }

    /// <summary>The rank at the other end.</summary>
    public int Rank { get; }

    public Socket Socket => _socket;

    /// <summary>When something last went over the link, or this exchange began: a timestamp of the time provider.</summary>
    public long LastProgress { get; private set; }

    public bool HasToSend => _sent < TotalToSend;

    public bool HasToReceive => _received < TotalToReceive;

    private int TotalToSend => _exchange.SendLength == 0 ? 0 : HeaderLength + _exchange.SendLength;

    private int TotalToReceive => _exchange.ReceiveLength == 0 ? 0 : HeaderLength + _exchange.ReceiveLength;

    /// <summary>Begins an exchange.</summary>
    public void Begin(in LinkExchange exchange, long now)
    {
        _exchange = exchange;
        _sent = 0;
        _received = 0;
        LastProgress = now;
        _sendHeader[0] = (byte)FrameKind.Data;
        BinaryPrimitives.WriteInt32LittleEndian(_sendHeader.AsSpan(1), exchange.SendLength);
        if (HasToSend)
        {
            TakeTurn();
        }
    }

    /// <summary>Sends and receives what is possible without waiting.</summary>
    /// <exception cref="RankLostException">The other rank ended.</exception>
    public void Progress(long now)
    {
        while (HasToSend)
        {
            ReadOnlySpan<byte> rest = _sent < HeaderLength
                ? _sendHeader.AsSpan(_sent)
                : new ReadOnlySpan<byte>(_exchange.Send + (_sent - HeaderLength), TotalToSend - _sent);
            int sent = _socket.Send(rest, SocketFlags.None, out SocketError error);
            if (error == SocketError.WouldBlock)
            {
                break;
            }

            ThrowIfLost(error);
            _sent += sent;
            LastProgress = now;
            if (!HasToSend)
            {
                Volatile.Write(ref _isSending, 0);
            }
        }

        while (HasToReceive)
        {
            Span<byte> rest = _received switch
            {
                0 => _receiveHeader.AsSpan(0, 1), // one byte may be a heartbeat
                < HeaderLength => _receiveHeader.AsSpan(_received),
                _ => new Span<byte>(_exchange.Receive + (_received - HeaderLength), TotalToReceive - _received),
            };
            int received = _socket.Receive(rest, SocketFlags.None, out SocketError error);
            if (error == SocketError.WouldBlock)
            {
                break;
            }

            ThrowIfLost(error);
            if (received == 0)
            {
                throw Lost("closed its connection");
            }

            LastProgress = now;
            if (_received != 0 || _receiveHeader[0] != (byte)FrameKind.Heartbeat)
            {
                _received += received;
            }

            if (_received == HeaderLength)
            {
                CheckHeader();
            }
        }
    }

    /// <summary>Sends a sign of life, unless a frame is being sent, which is one too.</summary>
    public void SendHeartbeat()
    {
        if (Interlocked.CompareExchange(ref _isSending, 1, 0) == 0)
        {
            try
            {
                _socket.Send([(byte)FrameKind.Heartbeat], SocketFlags.None, out _); // a failure is found by the exchange
            }
            catch (ObjectDisposedException)
            {
            }

            Volatile.Write(ref _isSending, 0);
        }
    }

    /// <summary>Tells the other rank why this one ends, if no frame is half sent, and ends the connection.</summary>
    public void End(string? reason)
    {
        try
        {
            if (reason is not null && Interlocked.CompareExchange(ref _isSending, 1, 0) == 0)
            {
                byte[] text = Encoding.UTF8.GetBytes(reason.Length <= 1000 ? reason : reason[..1000]);
                byte[] frame = new byte[HeaderLength + text.Length];
                frame[0] = (byte)FrameKind.End;
                BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(1), text.Length);
                text.CopyTo(frame, HeaderLength);
                _socket.Send(frame, SocketFlags.None, out _);
            }

            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
        }
    }

    public void Dispose() => _socket.Dispose();

    public RankLostException Lost(string what, Exception? cause = null) => new(
        Rank, FormattableString.Invariant($"Rank {Rank} {what}. Look into its output, and start all ranks again: with {nameof(LightGbmOptions.CheckpointDirectory)} set, training continues where it was."), cause);

    private void CheckHeader()
    {
        int length = BinaryPrimitives.ReadInt32LittleEndian(_receiveHeader.AsSpan(1));
        if (_receiveHeader[0] == (byte)FrameKind.End && length is >= 0 and <= LongestReason)
        {
            throw Lost($"ended: {ReadReason(length)}");
        }

        if (_receiveHeader[0] != (byte)FrameKind.Data || length != _exchange.ReceiveLength)
        {
            throw Lost(FormattableString.Invariant($"is at another step: it sent {length} bytes where {_exchange.ReceiveLength} were expected; all ranks need the same options and the same version"));
        }
    }

    private string ReadReason(int length)
    {
        byte[] text = new byte[length];
        int read = 0;
        while (read < length && _socket.Poll(TimeSpan.FromSeconds(1), SelectMode.SelectRead) && _socket.Receive(text.AsSpan(read), SocketFlags.None, out SocketError error) is > 0 and var count && error == SocketError.Success)
        {
            read += count;
        }

        return Encoding.UTF8.GetString(text, 0, read).TrimEnd('.');
    }

    private void ThrowIfLost(SocketError error)
    {
        if (error != SocketError.Success)
        {
            throw Lost($"closed its connection ({error})");
        }
    }

    /// <summary>Waits for a heartbeat that is being sent, which takes no longer than a system call.</summary>
    private void TakeTurn()
    {
        var wait = default(SpinWait);
        while (Interlocked.CompareExchange(ref _isSending, 1, 0) != 0)
        {
            wait.SpinOnce();
        }
    }
}
