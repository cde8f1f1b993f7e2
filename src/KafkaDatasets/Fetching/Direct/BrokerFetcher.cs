using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KafkaDatasets.Fetching.Direct.Connection;
using KafkaDatasets.Fetching.Direct.Protocol;
using KafkaDatasets.Fetching.Direct.Records;

namespace KafkaDatasets.Fetching.Direct;

/// <summary>
/// Fetches the partitions that one broker leads: one request at a time, the next one as soon as the last answer has come.
/// Each partition's records are received straight into a buffer of their own, and handed on before the rest of the answer is there.
/// </summary>
internal sealed class BrokerFetcher
{
    private readonly DirectSource _source;
    private readonly Cluster _cluster;
    private readonly FetchPlan _plan;
    private readonly AnswerHandler _answers;
    private readonly AsyncSignal _wake = new();
    private readonly Queue<(PartitionReader Partition, FetchedPartition Fetched, SharedBuffer? Buffer, long DivergedAt)> _unchecked = new();
    private BrokerConnection? _connection;
    private Task _loop = Task.CompletedTask;
    private volatile bool _idle;
    private volatile bool _retired;

    public BrokerFetcher(DirectSource source, Cluster cluster, int broker, BrokerEndpoint endpoint)
    {
        _source = source;
        _cluster = cluster;
        _plan = new FetchPlan(cluster.Settings);
        _answers = new AnswerHandler(source, cluster, _plan, broker, endpoint);
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
        while (!FetchAnswer.TryReadHead(connection, version, out throttle, out error, out topics))
        {
            await connection.ReadMoreAsync().ConfigureAwait(false);
        }

        long received = 0;
        _answers.Begin();
        for (; topics > 0; topics--)
        {
            bool isTopic;
            int partitions;
            while (!FetchAnswer.TryReadTopic(connection, version, topic, topicId, out isTopic, out partitions))
            {
                await connection.ReadMoreAsync().ConfigureAwait(false);
            }

            for (; partitions > 0; partitions--)
            {
                FetchedPartition fetched;
                while (!FetchAnswer.TryReadPartition(connection, version, out fetched))
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
                    while (!FetchAnswer.TryReadPartitionEnd(connection, version, out divergedAt))
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
                        _answers.Take(partition, fetched, ref buffer, divergedAt);
                    }
                }
                finally
                {
                    buffer?.Release();
                }
            }

            while (!FetchAnswer.TryReadTags(connection, version))
            {
                await connection.ReadMoreAsync().ConfigureAwait(false);
            }
        }

        while (!FetchAnswer.TryReadTags(connection, version))
        {
            await connection.ReadMoreAsync().ConfigureAwait(false);
        }

        connection.EndResponse();
        await TakeUncheckedAsync(connection).ConfigureAwait(false);
        if (error != ErrorCode.None)
        {
            _answers.OnError(error);
        }

        _plan.Adapt(received, time.GetElapsedTime(sent, answered), time.GetElapsedTime(answered));
        await AfterFetchAsync(connection, throttle, received).ConfigureAwait(false);
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
                _answers.Take(partition, fetched, ref buffer, divergedAt);
            }
            else
            {
                _source.Finder.Retry(partition, "the topic of that name is another, or there is none", null, ErrorCode.UnknownTopicId);
            }

            buffer?.Release();
        }
    }

    private async ValueTask AfterFetchAsync(BrokerConnection connection, int throttleMilliseconds, long received)
    {
        await _answers.ResolveOutOfRangeAsync(connection).ConfigureAwait(false);
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
}
