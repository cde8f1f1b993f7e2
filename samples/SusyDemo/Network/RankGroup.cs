using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace SusyDemo.Network;

/// <summary>
/// The processes that train one network together. All others connect to rank 0, which adds up their gradients in the order of the ranks and gives everyone the sum,
/// so that all have the same weights after each step, and a training with the same number of ranks always ends with the same weights.
/// </summary>
/// <remarks>Without encryption and authentication: for a network that nobody else can reach.</remarks>
internal sealed class RankGroup : IDisposable
{
    private const int HelloLength = 16;
    private const int TrailerLength = sizeof(double) + (2 * sizeof(int));
    private const int LongestShare = 1 << 30;
    private static readonly byte[] Magic = "SUSYNET1"u8.ToArray();
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan StrangersTimeout = TimeSpan.FromSeconds(5);

    private readonly RankGroupOptions _options;
    private readonly Socket?[] _links;
    private byte[] _message = [];
    private bool _hasStepped;

    private RankGroup(RankGroupOptions options)
    {
        _options = options;
        _links = new Socket?[options.World];
    }

    public int Rank => _options.Rank;

    public int World => _options.World;

    public bool IsFirst => Rank == 0;

    /// <summary>Waits until all ranks are connected.</summary>
    /// <exception cref="DemoException">A rank did not come in time, or was started with another number of ranks.</exception>
    public static async Task<RankGroup> JoinAsync(RankGroupOptions options, CancellationToken cancellationToken)
    {
        var group = new RankGroup(options);
        using var limit = new CancellationTokenSource(options.StartTimeout);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await (group.IsFirst ? group.AcceptAsync(either.Token) : group.ConnectAsync(either.Token)).ConfigureAwait(false);
            return group;
        }
        catch (Exception e)
        {
            int missing = Array.FindIndex(group._links, group.IsFirst ? 1 : 0, l => l is null);
            group.Dispose();
            throw e switch
            {
                OperationCanceledException when !cancellationToken.IsCancellationRequested => new DemoException(
                    string.Create(CultureInfo.InvariantCulture, $"Rank {missing} did not connect within {options.StartTimeout.TotalSeconds:0.#} s: start all {options.World} ranks, and check that they can reach {options.Coordinator}."), e),
                SocketException => new DemoException($"Rank {options.Rank} cannot use the coordinator's address {options.Coordinator}: {e.Message}.", e),
                _ => e,
            };
        }
    }

    /// <summary>Gives every rank the bytes that rank 0 has.</summary>
    /// <param name="bytes">The bytes; null on all ranks but 0.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="DemoException">A rank is lost.</exception>
    public async Task<byte[]> ShareAsync(byte[]? bytes, CancellationToken cancellationToken)
    {
        byte[] length = new byte[sizeof(int)];
        if (IsFirst)
        {
            BinaryPrimitives.WriteInt32LittleEndian(length, bytes!.Length);
            for (int rank = 1; rank < World; rank++)
            {
                await SendAsync(rank, length, _options.StartTimeout, cancellationToken).ConfigureAwait(false);
                await SendAsync(rank, bytes, _options.StartTimeout, cancellationToken).ConfigureAwait(false);
            }

            return bytes;
        }

        await ReceiveAsync(0, length, _options.StartTimeout, cancellationToken).ConfigureAwait(false);
        int count = BinaryPrimitives.ReadInt32LittleEndian(length);
        byte[] received = new byte[count is >= 0 and <= LongestShare ? count : throw Lost(0, "sent something else than a rank does")];
        await ReceiveAsync(0, received, _options.StartTimeout, cancellationToken).ConfigureAwait(false);
        return received;
    }

    /// <summary>Replaces the gradient of this rank's rows by the sum over all ranks.</summary>
    /// <returns>The sums over all ranks.</returns>
    /// <exception cref="DemoException">A rank is lost.</exception>
    public async Task<StepSums> SumAsync(float[] gradient, StepSums own, CancellationToken cancellationToken)
    {
        // Ranks may take their time until the first step: not all begin to read at the same moment.
        TimeSpan timeout = _hasStepped ? _options.Timeout : _options.StartTimeout;
        _hasStepped = true;
        Array.Resize(ref _message, (gradient.Length * sizeof(float)) + TrailerLength);
        StepSums sums = own;
        if (IsFirst)
        {
            for (int rank = 1; rank < World; rank++)
            {
                await ReceiveAsync(rank, _message, timeout, cancellationToken).ConfigureAwait(false);
                TensorPrimitives.Add(gradient, Floats(_message), gradient);
                sums += ReadSums(_message);
            }

            Write(gradient, sums, _message);
            for (int rank = 1; rank < World; rank++)
            {
                await SendAsync(rank, _message, timeout, cancellationToken).ConfigureAwait(false);
            }

            return sums;
        }

        Write(gradient, own, _message);
        await SendAsync(0, _message, timeout, cancellationToken).ConfigureAwait(false);
        await ReceiveAsync(0, _message, timeout, cancellationToken).ConfigureAwait(false);
        Floats(_message).CopyTo(gradient);
        return ReadSums(_message);
    }

    public void Dispose()
    {
        foreach (Socket? link in _links)
        {
            link?.Dispose();
        }
    }

    private static Span<float> Floats(byte[] message) => MemoryMarshal.Cast<byte, float>(message.AsSpan(0, message.Length - TrailerLength));

    private static void Write(float[] gradient, StepSums sums, byte[] message)
    {
        gradient.CopyTo(Floats(message));
        Span<byte> trailer = message.AsSpan(message.Length - TrailerLength);
        BinaryPrimitives.WriteDoubleLittleEndian(trailer, sums.Loss);
        BinaryPrimitives.WriteInt32LittleEndian(trailer[sizeof(double)..], sums.Right);
        BinaryPrimitives.WriteInt32LittleEndian(trailer[(sizeof(double) + sizeof(int))..], sums.Rows);
    }

    private static StepSums ReadSums(byte[] message)
    {
        ReadOnlySpan<byte> trailer = message.AsSpan(message.Length - TrailerLength);
        return new StepSums(
            BinaryPrimitives.ReadDoubleLittleEndian(trailer),
            BinaryPrimitives.ReadInt32LittleEndian(trailer[sizeof(double)..]),
            BinaryPrimitives.ReadInt32LittleEndian(trailer[(sizeof(double) + sizeof(int))..]));
    }

    private async Task AcceptAsync(CancellationToken cancellationToken)
    {
        using var listener = new TcpListener(IPAddress.IPv6Any, _options.Endpoint.Port);
        listener.Server.DualMode = true;
        listener.Start();
        for (int missing = World - 1; missing > 0;)
        {
            Socket socket = await listener.AcceptSocketAsync(cancellationToken).ConfigureAwait(false);
            if (await ReadHelloAsync(socket, cancellationToken).ConfigureAwait(false) is not var (rank, world))
            {
                socket.Dispose(); // no rank: a health check, or a port scan
                continue;
            }

            string? fault = world != World ? FormattableString.Invariant($"Rank {rank} was started with --world {world}, and rank 0 with --world {World}: give all the same.")
                : rank < 1 || rank >= World || _links[rank] is not null ? FormattableString.Invariant($"Rank {rank} was started twice: give each process another --rank.")
                : null;
            if (fault is not null)
            {
                socket.Dispose();
                throw new DemoException(fault);
            }

            socket.NoDelay = true;
            _links[rank] = socket;
            missing--;
        }
    }

    private async Task<(int Rank, int World)?> ReadHelloAsync(Socket socket, CancellationToken cancellationToken)
    {
        byte[] hello = new byte[HelloLength];
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StrangersTimeout);
        try
        {
            for (int read = 0, count; read < HelloLength; read += count)
            {
                count = await socket.ReceiveAsync(hello.AsMemory(read), limit.Token).ConfigureAwait(false);
                if (count == 0)
                {
                    return null;
                }
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }

        return hello.AsSpan(0, Magic.Length).SequenceEqual(Magic)
            ? (BinaryPrimitives.ReadInt32LittleEndian(hello.AsSpan(Magic.Length)), BinaryPrimitives.ReadInt32LittleEndian(hello.AsSpan(Magic.Length + sizeof(int))))
            : null;
    }

    /// <summary>Connects to rank 0, again and again until it is there.</summary>
    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        byte[] hello = new byte[HelloLength];
        Magic.CopyTo(hello, 0);
        BinaryPrimitives.WriteInt32LittleEndian(hello.AsSpan(Magic.Length), Rank);
        BinaryPrimitives.WriteInt32LittleEndian(hello.AsSpan(Magic.Length + sizeof(int)), World);
        while (_links[0] is null)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(_options.Endpoint, cancellationToken).ConfigureAwait(false);
                if (!Equals(socket.LocalEndPoint, socket.RemoteEndPoint)) // on one machine, a connection to a port that nobody listens on can meet itself
                {
                    await socket.SendAsync(hello, cancellationToken).ConfigureAwait(false);
                    _links[0] = socket;
                }
            }
            catch (SocketException)
            {
                // It has not started yet, or its name is not known yet.
            }
            finally
            {
                if (_links[0] is null)
                {
                    socket.Dispose();
                }
            }

            if (_links[0] is null)
            {
                await Task.Delay(RetryDelay, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private Task SendAsync(int rank, ReadOnlyMemory<byte> bytes, TimeSpan timeout, CancellationToken cancellationToken) => GuardAsync(
        rank,
        timeout,
        async token =>
        {
            while (bytes.Length > 0)
            {
                bytes = bytes[await _links[rank]!.SendAsync(bytes, token).ConfigureAwait(false)..];
            }
        },
        cancellationToken);

    private Task ReceiveAsync(int rank, Memory<byte> bytes, TimeSpan timeout, CancellationToken cancellationToken) => GuardAsync(
        rank,
        timeout,
        async token =>
        {
            while (bytes.Length > 0)
            {
                int received = await _links[rank]!.ReceiveAsync(bytes, token).ConfigureAwait(false);
                bytes = received > 0 ? bytes[received..] : throw Lost(rank, "closed its connection");
            }
        },
        cancellationToken);

    private static async Task GuardAsync(int rank, TimeSpan timeout, Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            await work(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw Lost(rank, string.Create(CultureInfo.InvariantCulture, $"has been silent for {timeout.TotalSeconds:0.#} s"), e);
        }
        catch (SocketException e)
        {
            throw Lost(rank, $"closed its connection ({e.SocketErrorCode})", e);
        }
    }

    private static DemoException Lost(int rank, string what, Exception? cause = null) => new(
        FormattableString.Invariant($"Rank {rank} is lost: it {what}. Look into its output, and start all ranks again, with --resume to go on where they were."), cause);
}
