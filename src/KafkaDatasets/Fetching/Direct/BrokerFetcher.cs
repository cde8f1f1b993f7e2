using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KafkaDatasets.Fetching.Direct.Connection;
using KafkaDatasets.Fetching.Direct.Protocol;
using KafkaDatasets.Fetching.Direct.Records;

namespace KafkaDatasets.Fetching.Direct;

/// <summary>Fetches segments of the partitions that one broker leads, all or a share of them: one request at a time, each sent as soon as the previous response has arrived.</summary>
/// <remarks>Each partition's records are received directly into their own buffer, and passed on before the rest of the response arrives.</remarks>
internal sealed class BrokerFetcher
{
    private readonly DirectPass _pass;
    private readonly LeaderFinder _finder;
    private readonly FetchPlan _plan;
    private readonly FetchResponseReader _response = new();
    private readonly ResponseHandler _handler;
    private readonly AsyncSignal _wake = new();
    private readonly Queue<(SegmentReader Segment, FetchedPartition Fetched, SharedBuffer? Buffer, long DivergedAt)> _unchecked = new();
    private BrokerConnection? _connection;
    private Task _loop = Task.CompletedTask;
    private volatile bool _idle;
    private volatile bool _retired;

    public BrokerFetcher(DirectPass pass, LeaderFinder finder, int broker, BrokerEndpoint endpoint)
    {
        _pass = pass;
        _finder = finder;
        _plan = new FetchPlan(pass.Cluster.Settings);
        _handler = new ResponseHandler(pass, finder, _plan, broker, endpoint);
        Endpoint = endpoint;
    }

    public BrokerEndpoint Endpoint { get; }

    /// <summary>The topic's id; null when the brokers do not support topic ids.</summary>
    public Guid? TopicId { get; set; }

    public void Start() => _loop = Task.Run(RunAsync);

    /// <summary>Wakes the loop, because there may be something to fetch.</summary>
    public void Wake() => _wake.Set();

    public void WakeIfIdle()
    {
        if (_idle)
        {
            _wake.Set();
        }
    }

    /// <summary>Ends the loop when it becomes idle.</summary>
    public void Retire()
    {
        _retired = true;
        _wake.Set();
    }

    /// <summary>Ends the loop immediately.</summary>
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
        CancellationToken stopped = _pass.Stopped;
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
                    _connection ??= await _pass.Cluster.Pool.RentAsync(Endpoint, stopped).ConfigureAwait(false);
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
                    while (_unchecked.TryDequeue(out (SegmentReader, FetchedPartition, SharedBuffer? Buffer, long) dropped))
                    {
                        dropped.Buffer?.Release();
                    }
                }
            }
        }
        finally
        {
            _plan.End(_pass.Memory);
            if (_connection is { } connection)
            {
                if (_idle)
                {
                    _pass.Cluster.Pool.Return(connection);
                }
                else
                {
                    connection.Dispose();
                }
            }
        }
    }

    /// <summary>Chooses what to fetch; when there is nothing, the fetcher becomes idle.</summary>
    private bool TryPlan()
    {
        _idle = true;
        _pass.Segments.Choose(_plan, this);
        _idle = _plan.Segments.Count == 0;
        return !_idle;
    }

    private void OnFault(Exception e)
    {
        foreach (SegmentReader segment in _pass.Segments.Of(this))
        {
            if (e is ConnectionLostException)
            {
                _finder.Retry(segment, e.Message, e, ErrorCode.None);
            }
            else
            {
                _pass.Segments.Fail(segment, FetchFaults.Of(Endpoint, e));
            }
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FetchAsync(BrokerConnection connection)
    {
        ClientSettings settings = _pass.Cluster.Settings;
        Guid? topicId = TopicId;
        short version = connection.Versions.Choose(ApiKey.Fetch, Endpoint, topicId is null ? FetchMessage.MaxVersionByName : short.MaxValue);
        FetchMessage.WriteRequest(
            connection.Writer, version, connection.NextCorrelationId(), settings.ClientId, settings.Rack, _pass.Topic, topicId, settings.FetchMaxWait, settings.FetchMinBytes, _plan.MaxBytes, CollectionsMarshal.AsSpan(_plan.Requests));
        TimeProvider time = _pass.Context.TimeProvider;
        long sent = time.GetTimestamp();
        await connection.RequestAsync(FetchMessage.IsFlexible(version), settings.FetchMaxWait).ConfigureAwait(false);
        long answered = time.GetTimestamp();
        _response.Begin(version, _pass.Topic, topicId);
        long received = await ReceiveAsync(connection, isByName: topicId is not null && version <= FetchMessage.MaxVersionByName).ConfigureAwait(false);
        connection.EndResponse();
        await TakeUncheckedAsync(connection).ConfigureAwait(false);
        if (_response.Error != ErrorCode.None)
        {
            _handler.OnError(_response.Error);
        }

        _plan.Adapt(received, time.GetElapsedTime(sent, answered), time.GetElapsedTime(answered));
        await AfterFetchAsync(connection, received).ConfigureAwait(false);
    }

    /// <summary>Receives the partitions of a response.</summary>
    /// <returns>The number of bytes of their records.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<long> ReceiveAsync(BrokerConnection connection, bool isByName)
    {
        long received = 0;
        SharedBuffer? buffer = null;
        _handler.Begin();
        try
        {
            while (await _response.ReadAsync(connection).ConfigureAwait(false) is var piece && piece != FetchPiece.End)
            {
                int records = _response.Partition.RecordsLength;
                if (piece == FetchPiece.PartitionEnd)
                {
                    Take(isByName, ref buffer);
                    buffer?.Release();
                    buffer = null;
                }
                else if (records > connection.FrameLeft)
                {
                    throw new ProtocolException("The records in the response to Fetch are longer than the response");
                }
                else if (records > 0)
                {
                    buffer = _pass.Cluster.Buffers.Rent(records, _pass.Memory);
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

    /// <summary>Processes what was received for a partition; sets the buffer to null when it takes ownership.</summary>
    private void Take(bool isByName, ref SharedBuffer? buffer)
    {
        if (!_response.IsTopic || _plan.Find(_response.Partition.Partition) is not { } segment)
        {
            return;
        }

        if (isByName)
        {
            _unchecked.Enqueue((segment, _response.Partition, buffer, _response.DivergedAt));
            buffer = null;
        }
        else
        {
            _handler.Take(segment, _response.Partition, ref buffer, _response.DivergedAt);
        }
    }

    /// <summary>
    /// Processes what was fetched by topic name, which may now belong to a different topic: a topic's id is never reused,
    /// so what arrived before the broker reported the id is from that topic.
    /// </summary>
    private async ValueTask TakeUncheckedAsync(BrokerConnection connection)
    {
        if (_unchecked.Count == 0)
        {
            return;
        }

        bool isSame = (await _pass.Cluster.DescribeAsync(connection, _pass.Topic).ConfigureAwait(false)).Id == TopicId;
        while (_unchecked.Count > 0)
        {
            (SegmentReader segment, FetchedPartition fetched, SharedBuffer? buffer, long divergedAt) = _unchecked.Dequeue();
            if (isSame)
            {
                _handler.Take(segment, fetched, ref buffer, divergedAt);
            }
            else
            {
                _finder.Retry(segment, "the topic was deleted or recreated", null, ErrorCode.UnknownTopicId);
            }

            buffer?.Release();
        }
    }

    private async ValueTask AfterFetchAsync(BrokerConnection connection, long received)
    {
        await _handler.ResolveOutOfRangeAsync(connection).ConfigureAwait(false);
        TimeSpan wait = TimeSpan.FromMilliseconds(Math.Clamp(_response.ThrottleMilliseconds, 0, 60_000));
        if (received == 0 && wait == TimeSpan.Zero && _plan.WasQuick)
        {
            wait = _pass.Cluster.Backoff(0);
        }

        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, _pass.Context.TimeProvider, _pass.Stopped).ConfigureAwait(false);
        }

        if (connection.ValidUntil is { } until && _pass.Context.TimeProvider.GetUtcNow() >= until)
        {
            connection.Dispose();
            _connection = null;
        }
    }
}
