using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace KafkaDatasets.LightGbm.Collectives;

/// <summary>
/// Connects every rank with every other. All ranks connect to rank 0 and tell it where they listen; rank 0 gives everyone the list; then each rank connects to the lower ones.
/// Whoever connects and is not a rank of this world is turned away.
/// </summary>
internal sealed class Rendezvous(LightGbmWorld world, TimeProvider time)
{
    private const int HelloLength = 20;
    private const int LongestList = 1 << 20;
    private static readonly byte[] Magic = "KDLGBM01"u8.ToArray();
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100);

    private readonly RankLink?[] _links = new RankLink?[world.Size];

    /// <summary>Waits for all ranks.</summary>
    /// <exception cref="RankLostException">A rank did not come within the time-out.</exception>
    public async Task<RankLinks> ConnectAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(world.StartTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        bool isConnected = false;
        try
        {
            await (world.Rank == 0 ? CoordinateAsync(either.Token) : JoinAsync(either.Token)).ConfigureAwait(false);
            isConnected = true;
            return new RankLinks(world.Rank, _links, world.Timeout, time);
        }
        catch (Exception e) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw Missing(e);
        }
        catch (SocketException e)
        {
            throw new LightGbmException($"The ranks cannot be connected ({world}): {e.Message}", e);
        }
        finally
        {
            if (!isConnected)
            {
                foreach (RankLink? link in _links)
                {
                    link?.Dispose();
                }
            }
        }
    }

    private async Task CoordinateAsync(CancellationToken cancellationToken)
    {
        (_, int port) = world.Endpoint()!.Value;
        using Socket listener = Listen(port);
        string[] addresses = new string[world.Size];
        for (int missing = world.Size - 1; missing > 0; missing--)
        {
            (RankLink link, int listenPort) = await AcceptAsync(listener, cancellationToken).ConfigureAwait(false);
            _links[link.Rank] = link;
            addresses[link.Rank] = new IPEndPoint(Unmapped(((IPEndPoint)link.Socket.RemoteEndPoint!).Address), listenPort).ToString();
        }

        byte[] list = Encoding.UTF8.GetBytes(string.Join('\n', addresses));
        byte[] message = new byte[sizeof(int) + list.Length];
        BinaryPrimitives.WriteInt32LittleEndian(message, list.Length);
        list.CopyTo(message, sizeof(int));
        foreach (RankLink? link in _links)
        {
            if (link is not null)
            {
                await link.Socket.SendAsync(message, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task JoinAsync(CancellationToken cancellationToken)
    {
        using Socket listener = Listen(world.ListenPort);
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        (string host, int coordinator) = world.Endpoint()!.Value;
        _links[0] = await ConnectAsync(0, host, coordinator, port, cancellationToken).ConfigureAwait(false);
        string[] addresses = await ReadListAsync(_links[0]!, cancellationToken).ConfigureAwait(false);
        for (int rank = 1; rank < world.Rank; rank++)
        {
            IPEndPoint address = IPEndPoint.Parse(addresses[rank]);
            _links[rank] = await ConnectAsync(rank, address.Address.ToString(), address.Port, port, cancellationToken).ConfigureAwait(false);
        }

        for (int missing = world.Size - 1 - world.Rank; missing > 0; missing--)
        {
            (RankLink link, _) = await AcceptAsync(listener, cancellationToken).ConfigureAwait(false);
            _links[link.Rank] = link;
        }
    }

    /// <summary>Accepts a connection of a rank that is not there yet.</summary>
    private async Task<(RankLink Link, int ListenPort)> AcceptAsync(Socket listener, CancellationToken cancellationToken)
    {
        while (true)
        {
            Socket socket = await listener.AcceptAsync(cancellationToken).ConfigureAwait(false);
            byte[] hello = new byte[HelloLength];
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5), time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
            if (await ReadAsync(socket, hello, either.Token).ConfigureAwait(false) && hello.AsSpan(0, Magic.Length).SequenceEqual(Magic))
            {
                int size = BinaryPrimitives.ReadInt32LittleEndian(hello.AsSpan(8));
                int rank = BinaryPrimitives.ReadInt32LittleEndian(hello.AsSpan(12));
                int port = BinaryPrimitives.ReadInt32LittleEndian(hello.AsSpan(16));
                if (size == world.Size && rank > world.Rank && rank < size && port is > 0 and <= 65535 && _links[rank] is null)
                {
                    return (new RankLink(rank, socket), port);
                }

                if (rank > 0 && rank < size && size != world.Size)
                {
                    socket.Dispose();
                    throw new LightGbmException(FormattableString.Invariant($"Rank {rank} was started in a world of {size}, and this rank in one of {world.Size}: give all ranks the same size."));
                }

                if (rank > 0 && rank < size && _links[rank] is not null)
                {
                    socket.Dispose();
                    throw new LightGbmException(FormattableString.Invariant($"Rank {rank} was started twice: give each process another rank."));
                }
            }

            socket.Dispose(); // something else: a port scan, a health check
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Connects to a rank, again and again until it is there.</summary>
    private async Task<RankLink> ConnectAsync(int rank, string host, int port, int listenPort, CancellationToken cancellationToken)
    {
        byte[] hello = new byte[HelloLength];
        Magic.CopyTo(hello, 0);
        BinaryPrimitives.WriteInt32LittleEndian(hello.AsSpan(8), world.Size);
        BinaryPrimitives.WriteInt32LittleEndian(hello.AsSpan(12), world.Rank);
        BinaryPrimitives.WriteInt32LittleEndian(hello.AsSpan(16), listenPort);
        while (true)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(host, port, cancellationToken).ConfigureAwait(false);
                if (Equals(socket.LocalEndPoint, socket.RemoteEndPoint))
                {
                    throw new SocketException((int)SocketError.ConnectionRefused); // on one machine, a connection to a free port can meet itself
                }

                await socket.SendAsync(hello, cancellationToken).ConfigureAwait(false);
                return new RankLink(rank, socket);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionRefused or SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData or SocketError.HostUnreachable
                or SocketError.NetworkUnreachable or SocketError.TimedOut or SocketError.ConnectionReset)
            {
                socket.Dispose(); // it has not started yet, or its name is not known yet
                await Task.Delay(RetryDelay, time, cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    private async Task<string[]> ReadListAsync(RankLink coordinator, CancellationToken cancellationToken)
    {
        byte[] length = new byte[sizeof(int)];
        byte[] list = [];
        bool isRead = await ReadAsync(coordinator.Socket, length, cancellationToken).ConfigureAwait(false)
            && BinaryPrimitives.ReadInt32LittleEndian(length) is > 0 and <= LongestList and var count
            && await ReadAsync(coordinator.Socket, list = new byte[count], cancellationToken).ConfigureAwait(false);
        string[] addresses = Encoding.UTF8.GetString(list).Split('\n');
        cancellationToken.ThrowIfCancellationRequested();
        return isRead && addresses.Length == world.Size
            ? addresses
            : throw coordinator.Lost("turned this rank away: its world has another size, another process has this rank, or it ended");
    }

    private RankLostException Missing(Exception cause)
    {
        int missing = Enumerable.Range(0, world.Size).First(r => r != world.Rank && _links[r] is null || r == world.Size - 1);
        return new RankLostException(
            missing,
            string.Create(CultureInfo.InvariantCulture, $"Rank {missing} did not connect within {world.StartTimeout.TotalSeconds:0.###} s ({world}): start all ranks, and check that each can reach the coordinator and the others."),
            cause);
    }

    private static async Task<bool> ReadAsync(Socket socket, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            while (buffer.Length > 0)
            {
                int read = await socket.ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false);
                if (read == 0)
                {
                    return false;
                }

                buffer = buffer[read..];
            }

            return true;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return false;
        }
    }

    private Socket Listen(int port)
    {
        bool dual = Socket.OSSupportsIPv6;
        var socket = new Socket(dual ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (dual)
            {
                socket.DualMode = true;
            }

            socket.Bind(new IPEndPoint(dual ? IPAddress.IPv6Any : IPAddress.Any, port));
            socket.Listen(world.Size);
            return socket;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new LightGbmException(FormattableString.Invariant($"Rank {world.Rank} cannot listen on port {port}: {e.Message}. Choose another port of the coordinator, or another {nameof(LightGbmWorld.ListenPort)}."), e);
        }
    }

    private static IPAddress Unmapped(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
