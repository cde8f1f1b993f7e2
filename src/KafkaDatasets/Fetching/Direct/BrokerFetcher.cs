using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Fetching.Direct.Connection;
using KafkaDatasets.Fetching.Direct.Protocol;
using KafkaDatasets.Fetching.Direct.Records;
using KafkaDatasets.Ranges;

namespace KafkaDatasets.Fetching.Direct;

/// <summary>
/// Fetches the partitions that one broker leads: one request at a time, the next one as soon as the last answer has come.
/// Each partition's records are received straight into a buffer of their own, and handed on before the rest of the answer is there.
/// </summary>
internal sealed class BrokerFetcher
{
    private readonly DirectSource _source;
    private readonly Cluster _cluster;
    private readonly int _broker;
    private readonly FetchPlan _plan;
    private readonly AsyncSignal _wake = new();
    private readonly List<PartitionReader> _outOfRange = [];
    private readonly Queue<(PartitionReader Partition, FetchedPartition Fetched, SharedBuffer? Buffer, long DivergedAt)> _unchecked = new();
    private BrokerConnection? _connection;
    private Task _loop = Task.CompletedTask;
    private volatile bool _idle;
    private volatile bool _retired;

    public BrokerFetcher(DirectSource source, Cluster cluster, int broker, BrokerEndpoint endpoint)
    {
        _source = source;
        _cluster = cluster;
        _broker = broker;
        _plan = new FetchPlan(cluster.Settings);
        Endpoint = endpoint;
    }

    public BrokerEndpoint Endpoint { get; }

    /// <summary>The topic's id, where brokers have one.</summary>
    public Guid? TopicId { get; set; }

    public void Start() => _loop = Task.Run(RunAsync);

    /// <summary>There may be something to fetch.</summary>
    public void Wake() => _wake.Set();

    public void WakeIfIdle()
    {
        if (_idle)
        {
            _wake.Set();
        }
    }

    /// <summary>Ends the loop once it is idle.</summary>
    public void Retire()
    {
        _retired = true;
        _wake.Set();
    }

    /// <summary>Ends the loop at once.</summary>
    public async ValueTask StopAsync()
    {
        _retired = true;
        if (!_idle)
        {
            _connection?.Dispose();
        }

        _wake.Set();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task RunAsync()
    {
        CancellationToken stopped = _source.Stopped;
        try
        {
            while (!_retired && !stopped.IsCancellationRequested)
            {
                if (!TryPlan())
                {
                    await _wake.WaitAsync().ConfigureAwait(false);
                    continue;
                }

                try
                {
                    _connection ??= await _cluster.Pool.RentAsync(Endpoint, stopped).ConfigureAwait(false);
                    await FetchAsync(_connection).ConfigureAwait(false);
                }
                catch (Exception e) when (!stopped.IsCancellationRequested)
                {
                    _connection?.Dispose();
                    _connection = null;
                    OnFault(e);
                }
                finally
                {
                    while (_unchecked.TryDequeue(out (PartitionReader, FetchedPartition, SharedBuffer? Buffer, long) dropped))
                    {
                        dropped.Buffer?.Release();
                    }
                }
            }
        }
        finally
        {
            lock (_source.SyncRoot)
            {
                _plan.End(_source);
            }

            if (_connection is { } connection)
            {
                if (_idle)
                {
                    _cluster.Pool.Return(connection);
                }
                else
                {
                    connection.Dispose();
                }
            }
        }
    }

    /// <summary>Chooses what to fetch; when there is nothing, the fetcher is idle.</summary>
    private bool TryPlan()
    {
        _idle = true;
        lock (_source.SyncRoot)
        {
            _plan.Choose(_source, this);
        }

        _idle = _plan.Partitions.Count == 0;
        return !_idle;
    }

    private void OnFault(Exception e)
    {
        foreach (PartitionReader partition in Mine())
        {
            switch (e)
            {
                case ConnectionLostException:
                    _source.Finder.Retry(partition, e.Message, e, ErrorCode.None);
                    break;
                case ProtocolException:
                    _source.Fail(partition, Cluster.Unintelligible(Endpoint, e));
                    break;
                case KafkaDatasetException:
                    _source.Fail(partition, e);
                    break;
                default:
                    _source.Fail(partition, new BrokerException($"Fetching from {Endpoint} failed: {e.Message}", e));
                    break;
            }
        }
    }

    private List<PartitionReader> Mine()
    {
        var mine = new List<PartitionReader>();
        lock (_source.SyncRoot)
        {
            foreach (PartitionReader partition in _source.Partitions)
            {
                if (partition.Fetcher == this && partition.IsActive)
                {
                    mine.Add(partition);
                }
            }
        }

        return mine;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FetchAsync(BrokerConnection connection)
    {
        ClientSettings settings = _cluster.Settings;
        string topic = _source.Snapshot.Topic;
        Guid? topicId = TopicId;
        short version = connection.Versions.Choose(ApiKey.Fetch, Endpoint, topicId is null ? FetchMessage.MaxVersionByName : short.MaxValue);
        bool isByName = topicId is not null && version <= FetchMessage.MaxVersionByName;
        FetchMessage.WriteRequest(
            connection.Writer, version, connection.NextCorrelationId(), settings.ClientId, settings.Rack, topic, topicId, settings.FetchMaxWait, settings.FetchMinBytes, _plan.MaxBytes, CollectionsMarshal.AsSpan(_plan.Requests));
        TimeProvider time = _cluster.Context.TimeProvider;
        long sent = time.GetTimestamp();
        await connection.RequestAsync(FetchMessage.IsFlexible(version), settings.FetchMaxWait).ConfigureAwait(false);
        long answered = time.GetTimestamp();

        int throttle;
        ErrorCode error;
        int topics;
        while (!TryReadHead(connection, version, out throttle, out error, out topics))
        {
            await connection.ReadMoreAsync().ConfigureAwait(false);
        }

        long received = 0;
        _outOfRange.Clear();
        for (; topics > 0; topics--)
        {
            bool isTopic;
            int partitions;
            while (!TryReadTopic(connection, version, topic, topicId, out isTopic, out partitions))
            {
                await connection.ReadMoreAsync().ConfigureAwait(false);
            }

            for (; partitions > 0; partitions--)
            {
                FetchedPartition fetched;
                while (!TryReadPartition(connection, version, out fetched))
                {
                    await connection.ReadMoreAsync().ConfigureAwait(false);
                }

                if (fetched.RecordsLength > connection.FrameLeft)
                {
                    throw new ProtocolException("The records in the answer to Fetch are longer than the answer");
                }

                PartitionReader? partition = isTopic ? _plan.Find(fetched.Partition) : null;
                SharedBuffer? buffer = null;
                try
                {
                    if (fetched.RecordsLength > 0)
                    {
                        buffer = _cluster.Buffers.Rent(fetched.RecordsLength, partition);
                        await connection.ReadExactlyAsync(buffer.Bytes.AsMemory(0, fetched.RecordsLength)).ConfigureAwait(false);
                        received += fetched.RecordsLength;
                    }

                    long divergedAt;
                    while (!TryReadPartitionEnd(connection, version, out divergedAt))
                    {
                        await connection.ReadMoreAsync().ConfigureAwait(false);
                    }

                    if (partition is not null && isByName)
                    {
                        _unchecked.Enqueue((partition, fetched, buffer, divergedAt));
                        buffer = null;
                    }
                    else if (partition is not null)
                    {
                        Take(partition, fetched, ref buffer, divergedAt);
                    }
                }
                finally
                {
                    buffer?.Release();
                }
            }

            while (!TryReadTags(connection, version))
            {
                await connection.ReadMoreAsync().ConfigureAwait(false);
            }
        }

        while (!TryReadTags(connection, version))
        {
            await connection.ReadMoreAsync().ConfigureAwait(false);
        }

        connection.EndResponse();
        await TakeUncheckedAsync(connection).ConfigureAwait(false);
        if (error != ErrorCode.None)
        {
            OnError(error);
        }

        _plan.Adapt(received, time.GetElapsedTime(sent, answered), time.GetElapsedTime(answered));
        await AfterFetchAsync(connection, throttle, received).ConfigureAwait(false);
    }

    private static bool TryReadHead(BrokerConnection connection, short version, out int throttle, out ErrorCode error, out int topics)
    {
        var reader = new ProtocolReader(connection.Buffered);
        FetchMessage.ReadHead(ref reader, version, out throttle, out error, out topics);
        return TryConsume(connection, reader);
    }

    private static bool TryReadTopic(BrokerConnection connection, short version, string topic, Guid? topicId, out bool isTopic, out int partitions)
    {
        var reader = new ProtocolReader(connection.Buffered);
        isTopic = FetchMessage.ReadTopic(ref reader, version, topic, topicId, out partitions);
        return TryConsume(connection, reader);
    }

    private static bool TryReadPartition(BrokerConnection connection, short version, out FetchedPartition partition)
    {
        var reader = new ProtocolReader(connection.Buffered);
        partition = FetchMessage.ReadPartition(ref reader, version);
        return TryConsume(connection, reader);
    }

    private static bool TryReadPartitionEnd(BrokerConnection connection, short version, out long divergedAt)
    {
        var reader = new ProtocolReader(connection.Buffered);
        divergedAt = FetchMessage.ReadPartitionEnd(ref reader, version);
        return TryConsume(connection, reader);
    }

    private static bool TryReadTags(BrokerConnection connection, short version)
    {
        var reader = new ProtocolReader(connection.Buffered);
        reader.SkipTags(FetchMessage.IsFlexible(version));
        return TryConsume(connection, reader);
    }

    private static bool TryConsume(BrokerConnection connection, in ProtocolReader reader)
    {
        if (reader.IsTruncated)
        {
            return false;
        }

        connection.Consume(reader.Position);
        return true;
    }

    /// <summary>
    /// Takes what was fetched by the topic's name, which another topic may have by now: the id of a topic is never used again,
    /// so that what came before the broker says the id is of that topic.
    /// </summary>
    private async ValueTask TakeUncheckedAsync(BrokerConnection connection)
    {
        if (_unchecked.Count == 0)
        {
            return;
        }

        bool isSame = (await _cluster.DescribeAsync(connection, _source.Snapshot.Topic).ConfigureAwait(false)).Id == TopicId;
        while (_unchecked.Count > 0)
        {
            (PartitionReader partition, FetchedPartition fetched, SharedBuffer? buffer, long divergedAt) = _unchecked.Dequeue();
            if (isSame)
            {
                Take(partition, fetched, ref buffer, divergedAt);
            }
            else
            {
                _source.Finder.Retry(partition, "the topic of that name is another, or there is none", null, ErrorCode.UnknownTopicId);
            }

            buffer?.Release();
        }
    }

    /// <summary>Takes what came for a partition; the buffer, where it hands that on.</summary>
    private void Take(PartitionReader partition, in FetchedPartition fetched, ref SharedBuffer? buffer, long divergedAt)
    {
        if (fetched.Error == ErrorCode.OffsetOutOfRange)
        {
            _outOfRange.Add(partition);
        }
        else if (fetched.Error != ErrorCode.None)
        {
            OnPartitionError(partition, fetched.Error);
        }
        else if (divergedAt >= 0)
        {
            OnTruncated(partition, divergedAt);
        }
        else if (fetched.PreferredReplica >= 0 && fetched.PreferredReplica != _broker)
        {
            Redirect(partition, fetched.PreferredReplica);
        }
        else if (buffer is not null)
        {
            TakeRecords(partition, fetched, ref buffer);
        }
        else
        {
            OnNothing(partition, fetched);
        }
    }

    private void TakeRecords(PartitionReader partition, in FetchedPartition fetched, ref SharedBuffer? buffer)
    {
        SliceScan scan;
        try
        {
            scan = SliceScan.Of(
                buffer!.Bytes.AsSpan(0, fetched.RecordsLength),
                partition.FetchPosition,
                partition.Range.End,
                partition.IsContinued,
                fetched.HighWatermark,
                _cluster.Settings.MaxResponseBytes);
        }
        catch (BatchFault e)
        {
            _source.Fail(partition, SliceDecoder.MakeException(_source.Snapshot.Topic, partition.Range.Partition, partition.FetchPosition, e));
            return;
        }

        _source.Deliver(partition, new FetchedSlice(buffer, scan.Length, fetched.AbortedTransactions, partition.FetchPosition), scan);
        buffer = null;
    }

    private void OnNothing(PartitionReader partition, in FetchedPartition fetched)
    {
        bool isOver = false;
        lock (_source.SyncRoot)
        {
            bool isBehind = fetched.LastStableOffset <= partition.FetchPosition;
            if (isBehind || _plan.IsFirst(partition))
            {
                isOver = partition.IsActive && _source.Finder.Stalled(partition);
            }
        }

        if (isOver)
        {
            string reason = fetched.LastStableOffset > partition.FetchPosition
                ? $"the broker gives nothing there, though the log goes on (last stable offset {fetched.LastStableOffset}): its file may be damaged"
                : $"the log ends there now (high watermark {fetched.HighWatermark}, last stable offset {fetched.LastStableOffset}), before the end of the range {partition.Range}";
            _source.Fail(partition, _source.Finder.Describe(partition, reason, null, ErrorCode.None));
        }
    }

    private void Redirect(PartitionReader partition, int replica)
    {
        _source.Finder.Retry(partition, $"the leader prefers that broker {replica} is read from", null, ErrorCode.None);
        lock (_source.SyncRoot)
        {
            partition.PreferredReplica = replica;
        }
    }

    private void OnTruncated(PartitionReader partition, long divergedAt)
    {
        if (_cluster.Context.OnDataLoss == DataLossPolicy.Skip)
        {
            Log.LogTruncated(_cluster.Context.Logger, _source.Snapshot.Topic, partition.Range.Partition, divergedAt, partition.FetchPosition);
            lock (_source.SyncRoot)
            {
                partition.LastFetchedEpoch = -1;
                partition.IsContinued = false;
            }

            return;
        }

        _source.Fail(partition, Loss(partition, $"the log was truncated at offset {divergedAt}, before offset {partition.FetchPosition}, up to which it has been read: an unclean leader election"));
    }

    private void OnError(ErrorCode error)
    {
        foreach (PartitionReader partition in _plan.Partitions)
        {
            OnPartitionError(partition, error);
        }
    }

    private void OnPartitionError(PartitionReader partition, ErrorCode error)
    {
        string topic = _source.Snapshot.Topic;
        if (error.IsRetriable())
        {
            _source.Finder.Retry(partition, $"{Endpoint} says {error.Describe()}", null, error);
        }
        else if (error.IsAccessDenied())
        {
            _source.Fail(partition, Cluster.Refused(topic, error));
        }
        else
        {
            _source.Fail(partition, new BrokerException($"{Endpoint} answered with {error.Describe()} for partition {partition.Range.Partition} of topic '{topic}' at offset {partition.FetchPosition}.")
            {
                Topic = topic,
                Partition = partition.Range.Partition,
                Offset = partition.FetchPosition,
                ErrorCode = (int)error,
            });
        }
    }

    private async ValueTask AfterFetchAsync(BrokerConnection connection, int throttleMilliseconds, long received)
    {
        foreach (PartitionReader partition in _outOfRange)
        {
            await ResolveOutOfRangeAsync(connection, partition).ConfigureAwait(false);
        }

        TimeSpan wait = TimeSpan.FromMilliseconds(Math.Clamp(throttleMilliseconds, 0, 60_000));
        if (received == 0 && wait == TimeSpan.Zero && _plan.WasQuick)
        {
            wait = _cluster.Backoff(0);
        }

        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, _cluster.Context.TimeProvider, _source.Stopped).ConfigureAwait(false);
        }

        if (connection.ValidUntil is { } until && _cluster.Context.TimeProvider.GetUtcNow() >= until)
        {
            connection.Dispose();
            _connection = null;
        }
    }

    private async ValueTask ResolveOutOfRangeAsync(BrokerConnection connection, PartitionReader partition)
    {
        if (partition.PreferredReplica >= 0)
        {
            _source.Finder.Retry(partition, $"offset {partition.FetchPosition} is not on the replica {Endpoint}", null, ErrorCode.OffsetOutOfRange);
            return;
        }

        string topic = _source.Snapshot.Topic;
        int number = partition.Range.Partition;
        Dictionary<int, (ErrorCode Error, long Offset)> answer =
            await _cluster.ListOffsetsAsync(connection, topic, [(number, partition.LeaderEpoch)], OffsetQuery.Earliest.Timestamp).ConfigureAwait(false);
        (ErrorCode error, long start) = answer.TryGetValue(number, out (ErrorCode, long) a) ? a : (ErrorCode.UnknownServerError, -1);
        if (error != ErrorCode.None)
        {
            OnPartitionError(partition, error);
        }
        else if (start > partition.FetchPosition)
        {
            Lose(partition, start, $"the log starts at offset {start}: retention or DeleteRecords removed what was before it");
        }
        else if (IsBeyondLogForTooLong(partition))
        {
            Lose(partition, partition.Range.End, "the log ends before that: it was truncated");
        }
        else
        {
            _source.Finder.Retry(partition, $"offset {partition.FetchPosition} is not in the log of {Endpoint}, which starts at {start}", null, ErrorCode.OffsetOutOfRange);
        }
    }

    private bool IsBeyondLogForTooLong(PartitionReader partition)
    {
        lock (_source.SyncRoot)
        {
            return _source.Finder.Stalled(partition);
        }
    }

    private void Lose(PartitionReader partition, long next, string why)
    {
        long to = Math.Min(next, partition.Range.End);
        if (partition.MayPassOver(partition.FetchPosition, to))
        {
            _source.Skip(partition, to);
            return;
        }

        _source.Fail(partition, Loss(partition, why));
    }

    private DataLossException Loss(PartitionReader partition, string why) =>
        new($"Offset {partition.FetchPosition} of partition {partition.Range.Partition} of topic '{_source.Snapshot.Topic}' (range {partition.Range}) is lost: {why}. {nameof(KafkaDatasetOptions.OnDataLoss)} = {nameof(DataLossPolicy.Skip)} passes over what is lost.")
        {
            Topic = _source.Snapshot.Topic,
            Partition = partition.Range.Partition,
            Offset = partition.FetchPosition,
        };
}
