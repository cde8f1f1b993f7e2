using System.Net.Sockets;
using KafkaDatasets.Fetching.Direct.Connection;
using KafkaDatasets.Fetching.Direct.Protocol;
using KafkaDatasets.Fetching.Direct.Records;

namespace KafkaDatasets.Fetching.Direct;

/// <summary>
/// Fetches the followed partitions that one broker leads. A thread of its own waits for the broker, decodes what has arrived, and runs the reader that waits for it: no other thread need wake.
/// The partitions are shared among several connections: a record that is written while the response with another one is on its way need not wait for the next request, if its partition is of another connection.
/// </summary>
internal sealed class HeadFetcher
{
    private const int Connections = 2;

    /// <summary>More records than this at once take their reader a while: fetching goes on meanwhile.</summary>
    private const int FewRecords = 32;

    private readonly DirectHead _head;
    private readonly PollingThreads _threads;
    private readonly AutoResetEvent _wake = new(false);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HeadArrivals _arrivals = new();
    private readonly List<RecordChunk> _chunks = [];
    private readonly List<BrokerConnection> _awaited = [];
    private readonly List<Socket> _sockets = [];
    private HeadPartition? _decoding;
    private HeadLane _received;
    private long _notBefore;
    private int _turn;

    public HeadFetcher(DirectHead head, int broker, BrokerEndpoint endpoint)
    {
        _head = head;
        _threads = new PollingThreads($"KafkaDatasets head of {head.Topic} at {endpoint}", Poll);
        Broker = broker;
        Endpoint = endpoint;
        Lanes = [.. Enumerable.Range(0, Connections).Select(_ => new HeadLane(this, head, _arrivals))];
        _received = Lanes[0];
    }

    public int Broker { get; }

    public BrokerEndpoint Endpoint { get; }

    /// <summary>The topic's id; null when the brokers do not support topic ids.</summary>
    public Guid? TopicId { get; set; }

    public HeadLane[] Lanes { get; }

    private Cluster Cluster => _head.Cluster;

    private TimeProvider Time => Cluster.Context.TimeProvider;

    /// <summary>The connection for another partition: each in turn.</summary>
    public HeadLane NextLane() => Lanes[_turn++ % Connections];

    public void Start() => _threads.Start();

    /// <summary>Wakes the thread, because there may be something to fetch, or room for it.</summary>
    public void Wake() => _wake.Set();

    /// <summary>Waits until the thread, which has been cancelled, has ended.</summary>
    public Task StopAsync()
    {
        _head.Interrupt(this);
        return _ended.Task;
    }

    /// <summary>Polls until the reader's wait is to be completed; null at the end.</summary>
    private PollingThreads.Absence? Poll()
    {
        while (!_head.Stopped.IsCancellationRequested)
        {
            try
            {
                if (!TryStep())
                {
                    _head.Memory.Await();
                    if (!TryStep())
                    {
                        WaitForRoom();
                    }
                }

                if (_chunks.Count > 0 && Deliver() is { } absence)
                {
                    return absence;
                }
            }
            catch (Exception e)
            {
                foreach (HeadLane lane in Lanes)
                {
                    lane.OnLost(e);
                }
            }
        }

        End();
        return null;
    }

    /// <summary>Does the next thing; a partition is only given back when everything that has arrived of it has been passed on.</summary>
    /// <returns>Whether there was something to do.</returns>
    private bool TryStep()
    {
        _notBefore = long.MaxValue;
        if (_decoding is not null || _arrivals.Slices.Count > 0)
        {
            return TryDecode();
        }

        if (_arrivals.Failures.TryDequeue(out (HeadPartition Partition, Exception Failure) failed))
        {
            _head.Fail(failed.Partition, failed.Failure);
            return true;
        }

        if (_arrivals.OutOfRange.TryDequeue(out HeadPartition? lost))
        {
            FindNext(lost);
            return true;
        }

        bool isLost = false;
        foreach (HeadLane lane in Lanes)
        {
            isLost |= lane.TryGiveBack();
        }

        return isLost || (_head.Memory.HasRoom && TryFetch());
    }

    /// <summary>Passes on what was decoded.</summary>
    /// <returns>The wait of the reader that is to be completed; null if it does not wait.</returns>
    private PollingThreads.Absence? Deliver()
    {
        int records = 0;
        foreach (RecordChunk chunk in _chunks)
        {
            records += chunk.Count;
        }

        TaskCompletionSource? waiter = _head.Events.OnRecords(_chunks, _received.Epoch);
        _chunks.Clear();
        return waiter is null ? null : new PollingThreads.Absence(waiter, IsLong: records > FewRecords || _arrivals.Slices.Count > 0);
    }

    private bool TryDecode()
    {
        bool isAny = false;
        while (_head.Memory.HasRoomForReader && Undecoded() is { } partition)
        {
            isAny = true;
            if (!partition.IsFollowed)
            {
                partition.Decoder.Drop();
                _decoding = null;
                continue;
            }

            try
            {
                Decode(partition);
                _decoding = partition.Decoder.HasWork ? partition : null;
            }
            catch (Exception e)
            {
                _arrivals.Failures.Enqueue((partition, e));
                _decoding = null;
            }
        }

        return isAny;
    }

    /// <summary>The partition whose records are decoded next; null if everything is.</summary>
    private HeadPartition? Undecoded()
    {
        if (_decoding is null && _arrivals.Slices.TryDequeue(out (HeadPartition Partition, FetchedSlice Slice) next))
        {
            _decoding = next.Partition;
            _decoding.Decoder.Start(next.Slice);
        }

        return _decoding;
    }

    private void Decode(HeadPartition partition)
    {
        PooledChunk chunk = Cluster.Buffers.Chunks.Rent(_head.Memory.Chunks);
        long before = partition.Decoder.Position;
        try
        {
            chunk.Chunk.Partition = partition.Partition;
            partition.Decoder.Decode(chunk);
        }
        catch
        {
            chunk.Chunk.Release();
            throw;
        }

        if (chunk.Chunk.Count == 0 && partition.Decoder.Position == before)
        {
            chunk.Chunk.Release();
            return;
        }

        _chunks.Add(chunk.Chunk);
    }

    /// <summary>Asks on each connection for more, and receives the first response that arrives.</summary>
    private bool TryFetch()
    {
        _awaited.Clear();
        bool isLost = false;
        foreach (HeadLane lane in Lanes)
        {
            lane.Ask(ref _notBefore);
            isLost |= lane.IsLost;
            if (lane.Awaited is { } connection)
            {
                lane.Resume();
                _awaited.Add(connection);
            }
        }

        if (isLost || _awaited.Count == 0)
        {
            return isLost;
        }

        BrokerConnection? found = BrokerConnection.WaitForAny(_awaited, _sockets, UntilNext());
        foreach (HeadLane lane in Lanes)
        {
            if (found is not null && lane.Awaited == found)
            {
                _received = lane;
                lane.Receive();
            }
        }

        return true;
    }

    /// <summary>Waits on this thread until there is room for more, something to ask for, or something to pass on.</summary>
    private void WaitForRoom()
    {
        foreach (HeadLane lane in Lanes)
        {
            lane.Suspend();
        }

        _wake.WaitOne(UntilNext());
    }

    /// <summary>How long to wait until something may be asked for; infinite if that does not depend on time.</summary>
    private TimeSpan UntilNext()
    {
        if (_notBefore == long.MaxValue)
        {
            return Timeout.InfiniteTimeSpan;
        }

        TimeSpan wait = Time.GetElapsedTime(Time.GetTimestamp(), _notBefore);
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }

    /// <summary>Goes on where the log of a partition has records, if that may be.</summary>
    private void FindNext(HeadPartition partition)
    {
        if (!partition.IsFollowed)
        {
            return;
        }

        if (partition.PreferredReplica >= 0)
        {
            _head.Release(partition, FormattableString.Invariant($"offset {partition.Position} is not on the replica {Endpoint}"));
            return;
        }

        try
        {
            long next = _head.Events.OnOutOfRange(partition.Partition, partition.Position);
            if (next == partition.Position)
            {
                _head.Release(partition, FormattableString.Invariant($"offset {next} is not in the log of {Endpoint}"));
                return;
            }

            partition.Position = next;
            partition.IsContinued = false;
            partition.LastFetchedEpoch = -1;
        }
        catch (KafkaDatasetException e)
        {
            _head.Fail(partition, e);
        }
    }

    private void End()
    {
        foreach (HeadLane lane in Lanes)
        {
            lane.Disconnect();
        }

        _decoding?.Decoder.Drop();
        while (_arrivals.Slices.TryDequeue(out (HeadPartition Partition, FetchedSlice Slice) dropped))
        {
            dropped.Slice.Buffer.Release();
        }

        _chunks.ForEach(static c => c.Release());
        _ended.TrySetResult();
    }
}
