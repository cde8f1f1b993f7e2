using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace KafkaDatasets.LightGbm.Collectives;

/// <summary>
/// The connections of this rank to all others, over which all exchange data at the same time: the collective operations that distributed training needs.
/// One thread exchanges at a time. What each rank sends in an exchange is known to the others, and checked.
/// </summary>
internal sealed unsafe class RankLinks : IDisposable
{
    /// <summary>How long a wait for data lasts at most before cancellation and time-outs are looked at.</summary>
    private const int WaitMicroseconds = 100_000;

    private readonly RankLink?[] _links;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly ITimer _heartbeats;
    private readonly List<Socket> _readable = [];
    private readonly List<Socket> _writable = [];

    /// <summary>Takes over connections.</summary>
    /// <param name="rank">This rank.</param>
    /// <param name="links">The connection to each rank; null to this one.</param>
    /// <param name="timeout">How long a rank that is waited for may be silent.</param>
    /// <param name="time">The clock.</param>
    public RankLinks(int rank, RankLink?[] links, TimeSpan timeout, TimeProvider time)
    {
        Rank = rank;
        _links = links;
        _timeout = timeout;
        _time = time;
        Plan = new LinkExchange[links.Length];
        _heartbeats = time.CreateTimer(_ => SendHeartbeats(), null, timeout / 4, timeout / 4);
    }

    public int Rank { get; }

    public int Size => _links.Length;

    /// <summary>What is exchanged with each rank by the next <see cref="Exchange"/>.</summary>
    public LinkExchange[] Plan { get; }

    /// <summary>Sends and receives what <see cref="Plan"/> says.</summary>
    /// <exception cref="RankLostException">A rank ended, or was silent for too long.</exception>
    public void Exchange(CancellationToken cancellationToken)
    {
        long now = _time.GetTimestamp();
        for (int rank = 0; rank < Size; rank++)
        {
            _links[rank]?.Begin(Plan[rank], now);
        }

        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _readable.Clear();
            _writable.Clear();
            foreach (RankLink? link in _links)
            {
                if (link is null)
                {
                    continue;
                }

                link.Progress(now);
                if (link.HasToReceive)
                {
                    _readable.Add(link.Socket);
                }

                if (link.HasToSend)
                {
                    _writable.Add(link.Socket);
                }

                if ((link.HasToReceive || link.HasToSend) && _time.GetElapsedTime(link.LastProgress, now) > _timeout)
                {
                    throw link.Lost(string.Create(CultureInfo.InvariantCulture, $"has been silent for {_timeout.TotalSeconds:0.###} s"));
                }
            }

            if (_readable.Count == 0 && _writable.Count == 0)
            {
                return;
            }

            Socket.Select(_readable, _writable, null, WaitMicroseconds);
            now = _time.GetTimestamp();
        }
    }

    /// <summary>Gives every rank the bytes of every rank.</summary>
    public byte[][] AllGather(byte[] own, CancellationToken cancellationToken)
    {
        int[] lengths = new int[Size];
        lengths[Rank] = own.Length;
        fixed (int* l = lengths)
        {
            for (int rank = 0; rank < Size; rank++)
            {
                Plan[rank] = new LinkExchange((byte*)(l + Rank), sizeof(int), (byte*)(l + rank), sizeof(int));
            }

            Exchange(cancellationToken);
        }

        byte[][] all = new byte[Size][];
        for (int rank = 0; rank < Size; rank++)
        {
            all[rank] = rank == Rank ? own : GC.AllocateUninitializedArray<byte>(Math.Max(lengths[rank], 0), pinned: true);
        }

        fixed (byte* o = own)
        {
            for (int rank = 0; rank < Size; rank++)
            {
                byte* receive = rank == Rank ? null : (byte*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(all[rank], 0);
                Plan[rank] = new LinkExchange(o, own.Length, receive, lengths[rank]);
            }

            Exchange(cancellationToken);
        }

        return all;
    }

    /// <summary>Gives every rank the bytes of one rank.</summary>
    public byte[] Broadcast(int from, Func<byte[]> bytes, CancellationToken cancellationToken) => AllGather(Rank == from ? bytes() : [], cancellationToken)[from];

    /// <summary>Gives every rank the text of one rank.</summary>
    public string Broadcast(int from, Func<string> text, CancellationToken cancellationToken) => Encoding.UTF8.GetString(Broadcast(from, () => Encoding.UTF8.GetBytes(text()), cancellationToken));

    /// <summary>Ends all connections.</summary>
    /// <param name="reason">Why, for the other ranks; null: because the training has finished.</param>
    public void End(string? reason)
    {
        _heartbeats.Dispose();
        foreach (RankLink? link in _links)
        {
            link?.End(reason);
        }
    }

    public void Dispose()
    {
        _heartbeats.Dispose();
        foreach (RankLink? link in _links)
        {
            link?.Dispose();
        }
    }

    private void SendHeartbeats()
    {
        foreach (RankLink? link in _links)
        {
            link?.SendHeartbeat();
        }
    }
}
