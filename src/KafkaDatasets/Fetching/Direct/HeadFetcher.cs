using System.Runtime.InteropServices;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Fetching.Direct.Connection;
using KafkaDatasets.Fetching.Direct.Protocol;
using KafkaDatasets.Fetching.Direct.Records;

namespace KafkaDatasets.Fetching.Direct;

/// <summary>Fetches the followed partitions that one broker leads. A thread of its own waits for the broker, decodes what has arrived, and runs the reader that waits for it: no other thread need wake.</summary>
/// <remarks>All of its state but <see cref="Waiting"/> belongs to the thread that polls.</remarks>
internal sealed class HeadFetcher
{
    private const int MostResponse = 4 << 20;
    private const int MostOfPartition = 1 << 20;

    /// <summary>More records than this at once take their reader a while: fetching goes on meanwhile.</summary>
    private const int FewRecords = 32;

    /// <summary>An empty response that comes sooner than this is not that of a wait.</summary>
    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(5);

    private readonly DirectHead _head;
    private readonly int _broker;
    private readonly PollingThreads _threads;
    private readonly AutoResetEvent _wake = new(false);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly FetchResponseReader _response = new();
    private readonly List<HeadPartition> _asked = [];
    private readonly List<FetchPartition> _requests = [];
    private readonly Queue<(HeadPartition Partition, FetchedSlice Slice)> _slices = new();
    private readonly List<RecordChunk> _chunks = [];
    private readonly Queue<(HeadPartition Partition, Exception Failure)> _failures = new();
    private readonly Queue<HeadPartition> _outOfRange = new();
    private BrokerConnection? _connection;
    private HeadPartition? _decoding;
    private Exception? _lost;
    private int _turn;
    private int _found;
    private bool _hasChanged;
    private TimeSpan _pause;

    public HeadFetcher(DirectHead head, int broker, BrokerEndpoint endpoint)
    {
        _head = head;
        _broker = broker;
        _threads = new PollingThreads($"KafkaDatasets head of {head.Topic} at {endpoint}", Poll);
        Endpoint = endpoint;
    }

    public BrokerEndpoint Endpoint { get; }

    /// <summary>The topic's id; null when the brokers do not support topic ids.</summary>
    public Guid? TopicId { get; set; }

    /// <summary>The connection on which a request waits for records; guarded by <see cref="DirectHead"/>.</summary>
    public BrokerConnection? Waiting { get; set; }

    private Cluster Cluster => _head.Cluster;

    private TimeProvider Time => Cluster.Context.TimeProvider;

    public void Start() => _threads.Start();

    /// <summary>Wakes the thread, because there may be something to fetch, or room for it.</summary>
    public void Wake() => _wake.Set();

    /// <summary>Waits until the thread, which has been cancelled, has ended.</summary>
    public Task StopAsync()
    {
        _head.Interrupt(this);
        _wake.Set();
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
                        _wake.WaitOne();
                    }
                }

                if (_chunks.Count > 0 && Deliver() is { } absence)
                {
                    return absence;
                }
            }
            catch (Exception e)
            {
                _lost = e;
            }
        }

        End();
        return null;
    }

    /// <summary>Does the next thing; a partition is only given back when everything that has arrived of it has been passed on.</summary>
    /// <returns>Whether there was something to do.</returns>
    private bool TryStep()
    {
        if (_decoding is not null || _slices.Count > 0)
        {
            return TryDecode();
        }

        if (_failures.TryDequeue(out (HeadPartition Partition, Exception Failure) failed))
        {
            _head.Fail(failed.Partition, failed.Failure);
            return true;
        }

        if (_outOfRange.TryDequeue(out HeadPartition? lost))
        {
            FindNext(lost);
            return true;
        }

        if (_lost is { } e)
        {
            _lost = null;
            OnLost(e);
            return true;
        }

        return _head.Memory.HasRoom && TryFetch();
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

        TaskCompletionSource? waiter = _head.Events.OnRecords(_chunks, _asked[0].Epoch);
        _chunks.Clear();
        return waiter is null ? null : new PollingThreads.Absence(waiter, IsLong: records > FewRecords || _slices.Count > 0);
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
                _failures.Enqueue((partition, e));
                _decoding = null;
            }
        }

        return isAny;
    }

    /// <summary>The partition whose records are decoded next; null if everything is.</summary>
    private HeadPartition? Undecoded()
    {
        if (_decoding is null && _slices.TryDequeue(out (HeadPartition Partition, FetchedSlice Slice) next))
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

    private bool TryFetch()
    {
        if (_pause > TimeSpan.Zero)
        {
            Wait(new ValueTask(Task.Delay(_pause, Time, _head.Stopped)));
            _pause = TimeSpan.Zero;
        }

        if (_connection is null)
        {
            _head.Choose(this, null, _asked);
            if (_asked.Count == 0)
            {
                return false;
            }

            _connection = Wait(Cluster.Pool.ConnectAsync(Endpoint, isBlocking: true, _head.Stopped));
        }

        BrokerConnection connection = _connection;
        _head.Choose(this, connection, _asked);
        if (_asked.Count == 0)
        {
            return false;
        }

        try
        {
            Wait(FetchAsync(connection));
            if (connection.ValidUntil is { } until && Time.GetUtcNow() >= until)
            {
                Disconnect();
            }
        }
        catch (Exception) when (connection.IsDisposed)
        {
            _connection = null; // interrupted, to ask for other partitions
        }
        catch
        {
            Disconnect();
            throw;
        }

        return true;
    }

    private async ValueTask FetchAsync(BrokerConnection connection)
    {
        ClientSettings settings = Cluster.Settings;
        Guid? topicId = TopicId;
        short version = connection.Versions.Choose(ApiKey.Fetch, Endpoint, topicId is null ? FetchMessage.MaxVersionByName : short.MaxValue);
        int most = (int)Math.Min(Math.Min(MostResponse, settings.FetchMaxBytes), _head.Memory.Quota);
        _requests.Clear();
        _turn = (_turn + 1) % _asked.Count;
        for (int i = 0; i < _asked.Count; i++)
        {
            HeadPartition partition = _asked[(i + _turn) % _asked.Count]; // none comes first each time: the response may be full after it
            _requests.Add(new FetchPartition(
                partition.Partition, partition.LeaderEpoch, partition.Position, partition.LastFetchedEpoch, settings.PartitionMaxBytes ?? Math.Min(MostOfPartition, most)));
        }

        FetchMessage.WriteRequest(
            connection.Writer, version, connection.NextCorrelationId(), settings.ClientId, settings.Rack, _head.Topic, topicId, settings.HeadMaxWait, settings.FetchMinBytes, most, CollectionsMarshal.AsSpan(_requests));
        long sent = Time.GetTimestamp();
        await connection.RequestAsync(FetchMessage.IsFlexible(version), settings.HeadMaxWait).ConfigureAwait(false);
        _head.Received(this);
        _response.Begin(version, _head.Topic, topicId);
        _hasChanged = false;
        long received = await ReceiveAsync(connection).ConfigureAwait(false);
        connection.EndResponse();
        if (_response.Error != ErrorCode.None)
        {
            _asked.ForEach(p => OnError(p, _response.Error));
        }

        TimeSpan wait = TimeSpan.FromMilliseconds(Math.Clamp(_response.ThrottleMilliseconds, 0, 60_000));
        if (received == 0 && wait == TimeSpan.Zero && !_hasChanged && settings.HeadMaxWait >= Quick && Time.GetElapsedTime(sent) < Quick)
        {
            wait = Cluster.Backoff(0);
        }

        _pause = wait;
    }

    /// <summary>Receives the partitions of a response.</summary>
    /// <returns>The number of bytes of their records.</returns>
    private async ValueTask<long> ReceiveAsync(BrokerConnection connection)
    {
        long received = 0;
        SharedBuffer? buffer = null;
        try
        {
            while (await _response.ReadAsync(connection).ConfigureAwait(false) is var piece && piece != FetchPiece.End)
            {
                int records = _response.Partition.RecordsLength;
                if (piece == FetchPiece.PartitionEnd)
                {
                    if (_response.IsTopic && Find(_response.Partition.Partition) is { IsFollowed: true } partition)
                    {
                        Take(partition, _response.Partition, ref buffer, _response.DivergedAt);
                    }

                    buffer?.Release();
                    buffer = null;
                }
                else if (records > connection.FrameLeft)
                {
                    throw new ProtocolException("The records in the response to Fetch are longer than the response");
                }
                else if (records > 0)
                {
                    buffer = Cluster.Buffers.Rent(records, _head.Memory);
                    await connection.ReadExactlyAsync(buffer.Bytes.AsMemory(0, records)).ConfigureAwait(false);
                    received += records;
                }
            }
        }
        finally
        {
            buffer?.Release();
        }

        return received;
    }

    /// <summary>The partition of a number, of those that were asked for; responses have them in the order of the request.</summary>
    private HeadPartition? Find(int number)
    {
        for (int i = 0; i < _asked.Count; i++)
        {
            _found = (_found + 1) % _asked.Count;
            if (_asked[_found].Partition == number)
            {
                return _asked[_found];
            }
        }

        return null;
    }

    /// <summary>Processes what was received for a partition; sets the buffer to null when it takes ownership.</summary>
    private void Take(HeadPartition partition, in FetchedPartition fetched, ref SharedBuffer? buffer, long divergedAt)
    {
        if (fetched.Error == ErrorCode.OffsetOutOfRange)
        {
            _hasChanged = true;
            _outOfRange.Enqueue(partition);
        }
        else if (fetched.Error != ErrorCode.None)
        {
            OnError(partition, fetched.Error);
        }
        else if (divergedAt >= 0)
        {
            OnTruncated(partition, divergedAt);
        }
        else if (fetched.PreferredReplica >= 0 && fetched.PreferredReplica != _broker)
        {
            Release(partition, $"the leader asks to read from broker {fetched.PreferredReplica}", fetched.PreferredReplica);
        }
        else
        {
            partition.Attempts = 0;
            if (buffer is not null)
            {
                TakeRecords(partition, fetched, ref buffer);
            }
        }
    }

    private void TakeRecords(HeadPartition partition, in FetchedPartition fetched, ref SharedBuffer? buffer)
    {
        SliceScan scan;
        try
        {
            scan = SliceScan.Of(
                buffer!.Bytes.AsSpan(0, fetched.RecordsLength), partition.Position, long.MaxValue, partition.IsContinued, maxLength: Cluster.Settings.MaxResponseBytes);
        }
        catch (BatchFault e)
        {
            _failures.Enqueue((partition, _head.Faults.Corrupt(partition.Partition, partition.Position, e.Message, e)));
            return;
        }

        if (scan.Length > 0)
        {
            _slices.Enqueue((partition, new FetchedSlice(buffer, scan.Length, fetched.AbortedTransactions, partition.Position, scan.NextOffset)));
            buffer = null;
            partition.Position = scan.NextOffset;
            partition.IsContinued = true;
            partition.LastFetchedEpoch = scan.LeaderEpoch >= 0 ? scan.LeaderEpoch : partition.LastFetchedEpoch;
        }
    }

    private void OnError(HeadPartition partition, ErrorCode error)
    {
        if (error.IsRetriable())
        {
            Release(partition, $"{Endpoint} says {error.Describe()}");
            return;
        }

        _failures.Enqueue((partition, FetchFaults.Of(Endpoint, _head.Topic, partition.Partition, partition.Position, error)));
    }

    private void OnTruncated(HeadPartition partition, long divergedAt)
    {
        if (Cluster.Context.OnDataLoss == DataLossPolicy.Skip)
        {
            Log.LogTruncated(Cluster.Context.Logger, _head.Topic, partition.Partition, divergedAt, partition.Position);
            partition.LastFetchedEpoch = -1;
            partition.IsContinued = false;
            return;
        }

        _failures.Enqueue((partition, _head.Faults.Truncated(new PartitionRange(partition.Partition, partition.Position, long.MaxValue), partition.Position, divergedAt)));
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
            Release(partition, FormattableString.Invariant($"offset {partition.Position} is not on the replica {Endpoint}"));
            return;
        }

        try
        {
            long next = _head.Events.OnOutOfRange(partition.Partition, partition.Position);
            if (next == partition.Position)
            {
                Release(partition, FormattableString.Invariant($"offset {next} is not in the log of {Endpoint}"));
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

    private void Release(HeadPartition partition, string reason, int preferredReplica = -1)
    {
        _hasChanged = true;
        _head.Release(partition, reason, preferredReplica);
    }

    private void OnLost(Exception e)
    {
        _head.Choose(this, null, _asked);
        foreach (HeadPartition partition in _asked)
        {
            if (e is ConnectionLostException)
            {
                _head.Release(partition, e.Message);
            }
            else
            {
                _head.Fail(partition, FetchFaults.Of(Endpoint, e));
            }
        }
    }

    private void Disconnect()
    {
        _connection?.Dispose();
        _connection = null;
    }

    private void End()
    {
        Disconnect();
        _decoding?.Decoder.Drop();
        while (_slices.TryDequeue(out (HeadPartition Partition, FetchedSlice Slice) dropped))
        {
            dropped.Slice.Buffer.Release();
        }

        _chunks.ForEach(static c => c.Release());
        _ended.TrySetResult();
    }

    private static void Wait(ValueTask task)
    {
        if (task.IsCompleted)
        {
            task.GetAwaiter().GetResult();
        }
        else
        {
            task.AsTask().GetAwaiter().GetResult();
        }
    }

    /// <summary>Waits on this thread, which does nothing else; what is waited for has usually been done.</summary>
    private static T Wait<T>(ValueTask<T> task) => task.IsCompleted ? task.GetAwaiter().GetResult() : task.AsTask().GetAwaiter().GetResult();
}
