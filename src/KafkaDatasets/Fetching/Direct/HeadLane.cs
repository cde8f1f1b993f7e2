using System.Runtime.InteropServices;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Fetching.Direct.Connection;
using KafkaDatasets.Fetching.Direct.Protocol;
using KafkaDatasets.Fetching.Direct.Records;

namespace KafkaDatasets.Fetching.Direct;

/// <summary>One of a <see cref="HeadFetcher"/>'s connections, with the partitions that are fetched on it.</summary>
/// <remarks>All of its state but <see cref="Waiting"/> belongs to the thread that polls.</remarks>
internal sealed class HeadLane(HeadFetcher fetcher, DirectHead head, HeadArrivals arrivals)
{
    private const int MostResponse = 4 << 20;
    private const int MostOfPartition = 1 << 20;

    /// <summary>An empty response that comes sooner than this is not that of a wait.</summary>
    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(5);

    private readonly FetchResponseReader _response = new();
    private readonly List<HeadPartition> _asked = [];
    private readonly List<FetchPartition> _requests = [];
    private BrokerConnection? _connection;
    private Guid? _topicId;
    private short _version;
    private int _turn;
    private int _found;
    private bool _hasChanged;
    private bool _isAwaited;
    private bool _isSuspended;
    private long _sent;
    private long _notBefore = long.MinValue;
    private Exception? _lost;

    /// <summary>The connection on which a request waits for records; guarded by <see cref="DirectHead"/>.</summary>
    public BrokerConnection? Waiting { get; set; }

    /// <summary>The connection, while a response is awaited on it; else null.</summary>
    public BrokerConnection? Awaited => _isAwaited ? _connection : null;

    /// <summary>Whether the connection was lost, and its partitions must be given back when everything that has arrived of them has been passed on.</summary>
    public bool IsLost => _lost is not null;

    /// <summary>The epoch of what was asked for last.</summary>
    public int Epoch => _asked.Count > 0 ? _asked[0].Epoch : 0;

    private Cluster Cluster => head.Cluster;

    private TimeProvider Time => Cluster.Context.TimeProvider;

    /// <summary>Asks for records, if there is something to ask for and the time has come.</summary>
    /// <param name="notBefore">Lowered to the end of this connection's pause, if it pauses.</param>
    public void Ask(ref long notBefore)
    {
        if (_isAwaited || _lost is not null)
        {
            return;
        }

        bool isPaused = _notBefore > Time.GetTimestamp();
        head.Choose(this, isPaused ? null : _connection, _asked);
        if (_asked.Count == 0)
        {
            return;
        }

        if (isPaused)
        {
            notBefore = Math.Min(notBefore, _notBefore);
            return;
        }

        try
        {
            if (_connection is null)
            {
                _connection = Wait(Cluster.Pool.ConnectAsync(fetcher.Endpoint, isBlocking: true, head.Stopped));
                head.Choose(this, _connection, _asked);
            }

            if (_asked.Count > 0)
            {
                Send(_connection);
            }
        }
        catch (Exception e)
        {
            OnLost(e);
        }
    }

    /// <summary>Receives a response whose first bytes have arrived.</summary>
    public void Receive()
    {
        BrokerConnection connection = _connection!;
        _isAwaited = false;
        try
        {
            Wait(ReceiveAsync(connection));
            if (connection.ValidUntil is { } until && Time.GetUtcNow() >= until)
            {
                Disconnect();
            }
        }
        catch (Exception e)
        {
            OnLost(e);
        }
    }

    /// <summary>Lets a response wait until there is room for it, without a limit of time.</summary>
    public void Suspend()
    {
        if (Awaited is { } connection && !_isSuspended)
        {
            _isSuspended = true;
            connection.Suspend();
        }
    }

    /// <summary>Limits the time of a response again.</summary>
    public void Resume()
    {
        if (_isSuspended)
        {
            _isSuspended = false;
            Awaited?.Resume();
        }
    }

    /// <summary>Gives the partitions back if the connection was lost.</summary>
    /// <returns>Whether it was.</returns>
    public bool TryGiveBack()
    {
        if (_lost is not { } e)
        {
            return false;
        }

        _lost = null;
        head.Choose(this, null, _asked);
        foreach (HeadPartition partition in _asked)
        {
            if (e is ConnectionLostException)
            {
                head.Release(partition, e.Message);
            }
            else
            {
                head.Fail(partition, FetchFaults.Of(fetcher.Endpoint, e));
            }
        }

        return true;
    }

    public void Disconnect()
    {
        _connection?.Dispose();
        _connection = null;
        _isAwaited = false;
        _isSuspended = false;
    }

    /// <summary>Records why the connection ended; one that was interrupted is opened again, to ask for other partitions.</summary>
    public void OnLost(Exception e)
    {
        bool isInterrupted = _connection is { IsDisposed: true };
        Disconnect();
        _lost = isInterrupted ? null : e;
    }

    private void Send(BrokerConnection connection)
    {
        ClientSettings settings = Cluster.Settings;
        _topicId = fetcher.TopicId;
        _version = connection.Versions.Choose(ApiKey.Fetch, fetcher.Endpoint, _topicId is null ? FetchMessage.MaxVersionByName : short.MaxValue);
        int most = (int)Math.Min(Math.Min(MostResponse, settings.FetchMaxBytes), head.Memory.Quota);
        _requests.Clear();
        _turn = (_turn + 1) % _asked.Count;
        for (int i = 0; i < _asked.Count; i++)
        {
            HeadPartition partition = _asked[(i + _turn) % _asked.Count]; // none comes first each time: the response may be full after it
            _requests.Add(new FetchPartition(
                partition.Partition, partition.LeaderEpoch, partition.Position, partition.LastFetchedEpoch, settings.PartitionMaxBytes ?? Math.Min(MostOfPartition, most)));
        }

        FetchMessage.WriteRequest(
            connection.Writer, _version, connection.NextCorrelationId(), settings.ClientId, settings.Rack, head.Topic, _topicId, settings.HeadMaxWait, settings.FetchMinBytes, most, CollectionsMarshal.AsSpan(_requests));
        _sent = Time.GetTimestamp();
        Wait(connection.SendAsync(settings.HeadMaxWait));
        _isAwaited = true;
    }

    private async ValueTask ReceiveAsync(BrokerConnection connection)
    {
        await connection.ReceiveHeaderAsync(FetchMessage.IsFlexible(_version)).ConfigureAwait(false);
        head.Received(this);
        _response.Begin(_version, head.Topic, _topicId);
        _hasChanged = false;
        long received = await ReceivePartitionsAsync(connection).ConfigureAwait(false);
        connection.EndResponse();
        if (_response.Error != ErrorCode.None)
        {
            _asked.ForEach(p => OnError(p, _response.Error));
        }

        TimeSpan wait = TimeSpan.FromMilliseconds(Math.Clamp(_response.ThrottleMilliseconds, 0, 60_000));
        if (received == 0 && wait == TimeSpan.Zero && !_hasChanged && Cluster.Settings.HeadMaxWait >= Quick && Time.GetElapsedTime(_sent) < Quick)
        {
            wait = Cluster.Backoff(0);
        }

        _notBefore = wait > TimeSpan.Zero ? Time.GetTimestamp() + (long)(wait.TotalSeconds * Time.TimestampFrequency) : long.MinValue;
    }

    /// <summary>Receives the partitions of a response.</summary>
    /// <returns>The number of bytes of their records.</returns>
    private async ValueTask<long> ReceivePartitionsAsync(BrokerConnection connection)
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
                    buffer = Cluster.Buffers.Rent(records, head.Memory);
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
            arrivals.OutOfRange.Enqueue(partition);
        }
        else if (fetched.Error != ErrorCode.None)
        {
            OnError(partition, fetched.Error);
        }
        else if (divergedAt >= 0)
        {
            OnTruncated(partition, divergedAt);
        }
        else if (fetched.PreferredReplica >= 0 && fetched.PreferredReplica != fetcher.Broker)
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
            arrivals.Failures.Enqueue((partition, head.Faults.Corrupt(partition.Partition, partition.Position, e.Message, e)));
            return;
        }

        if (scan.Length > 0)
        {
            arrivals.Slices.Enqueue((partition, new FetchedSlice(buffer, scan.Length, fetched.AbortedTransactions, partition.Position, scan.NextOffset)));
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
            Release(partition, $"{fetcher.Endpoint} says {error.Describe()}");
            return;
        }

        arrivals.Failures.Enqueue((partition, FetchFaults.Of(fetcher.Endpoint, head.Topic, partition.Partition, partition.Position, error)));
    }

    private void OnTruncated(HeadPartition partition, long divergedAt)
    {
        if (Cluster.Context.OnDataLoss == DataLossPolicy.Skip)
        {
            Log.LogTruncated(Cluster.Context.Logger, head.Topic, partition.Partition, divergedAt, partition.Position);
            partition.LastFetchedEpoch = -1;
            partition.IsContinued = false;
            return;
        }

        arrivals.Failures.Enqueue((partition, head.Faults.Truncated(new PartitionRange(partition.Partition, partition.Position, long.MaxValue), partition.Position, divergedAt)));
    }

    private void Release(HeadPartition partition, string reason, int preferredReplica = -1)
    {
        _hasChanged = true;
        head.Release(partition, reason, preferredReplica);
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
