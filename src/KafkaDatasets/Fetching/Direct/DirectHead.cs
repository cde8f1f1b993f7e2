using KafkaDatasets.Diagnostics;
using KafkaDatasets.Fetching.Direct.Connection;
using KafkaDatasets.Fetching.Direct.Protocol;
using KafkaDatasets.Fetching.Direct.Records;
using KafkaDatasets.Ranges;

namespace KafkaDatasets.Fetching.Direct;

/// <summary>Reads partitions at the head of the log: <see cref="HeadFetcher"/>s, one for each leader, pass on what arrives, and this class finds the leaders, as often as necessary.</summary>
internal sealed class DirectHead : IHeadReader
{
    private readonly Lock _lock = new();
    private readonly Guid? _topicId;
    private readonly Decompressor _decompressor;
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<int, HeadPartition> _partitions = [];
    private readonly Dictionary<int, HeadFetcher> _fetchers = [];
    private readonly List<HeadFetcher> _all = [];
    private readonly Task _finder;
    private TaskCompletionSource _wake = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task? _stopped;
    private int _epoch;

    public DirectHead(Cluster cluster, string topic, Guid? topicId, long bytes, IHeadEvents events)
    {
        Cluster = cluster;
        Topic = topic;
        _topicId = topicId;
        Events = events;
        Faults = new ReadFaults(topic, cluster.Context.OnDataLoss, cluster.Context.Logger);
        Stopped = _stop.Token;
        Memory = new HeadMemory(bytes, WakeFetchers);
        _decompressor = new Decompressor(cluster.Settings.MaxResponseBytes);
        cluster.Buffers.Open(bytes);
        _finder = Task.Run(FindLeadersAsync);
    }

    public Cluster Cluster { get; }

    public string Topic { get; }

    public IHeadEvents Events { get; }

    public ReadFaults Faults { get; }

    public HeadMemory Memory { get; }

    /// <summary>Cancelled when all reading ends.</summary>
    public CancellationToken Stopped { get; }

    private TimeProvider Time => Cluster.Context.TimeProvider;

    public void Begin(int epoch)
    {
        lock (_lock)
        {
            _epoch = epoch;
            foreach (HeadPartition partition in _partitions.Values)
            {
                partition.IsFollowed = false;
            }

            _partitions.Clear();
        }
    }

    public void Follow(int partition, long offset, int epoch)
    {
        lock (_lock)
        {
            if (epoch != _epoch)
            {
                return;
            }

            if (_partitions.Remove(partition, out HeadPartition? before))
            {
                before.IsFollowed = false;
            }

            var range = new PartitionRange(partition, offset, long.MaxValue);
            _partitions.Add(partition, new HeadPartition(partition, offset, epoch, new SliceDecoder(Faults, range, _decompressor, Cluster.Buffers, Memory)));
            _wake.TrySetResult();
        }
    }

    public Task StopAsync()
    {
        lock (_lock)
        {
            return _stopped ??= EndAsync();
        }
    }

    /// <summary>Chooses what is asked for on one of a fetcher's connections.</summary>
    /// <param name="lane">The connection and its partitions.</param>
    /// <param name="connection">The connection if it is open; it is closed when more partitions are to be asked for.</param>
    /// <param name="asked">The partitions.</param>
    public void Choose(HeadLane lane, BrokerConnection? connection, List<HeadPartition> asked)
    {
        lock (_lock)
        {
            asked.Clear();
            foreach (HeadPartition partition in _partitions.Values)
            {
                if (partition.Lane == lane && !Stopped.IsCancellationRequested)
                {
                    asked.Add(partition);
                }
            }

            lane.Waiting = asked.Count > 0 ? connection : null;
        }
    }

    /// <summary>Ends a fetcher's wait, because it is to ask for other partitions, or to end.</summary>
    public void Interrupt(HeadFetcher fetcher)
    {
        var waiting = new List<BrokerConnection>();
        lock (_lock)
        {
            foreach (HeadLane lane in fetcher.Lanes)
            {
                if (lane.Waiting is { } connection)
                {
                    waiting.Add(connection);
                    lane.Waiting = null;
                }
            }
        }

        waiting.ForEach(static c => c.Dispose());
        fetcher.Wake();
    }

    /// <summary>Records that a response has arrived.</summary>
    public void Received(HeadLane lane)
    {
        lock (_lock)
        {
            lane.Waiting = null;
        }
    }

    /// <summary>Moves a partition to another broker: its leader is found again, after a while if that has failed before.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="reason">What failed, as a clause.</param>
    /// <param name="preferredReplica">The replica to fetch from; −1 for the leader.</param>
    public void Release(HeadPartition partition, string reason, int preferredReplica = -1)
    {
        Log.FetchRetried(Cluster.Context.Logger, Topic, partition.Partition, partition.Position, reason);
        lock (_lock)
        {
            partition.Lane = null;
            partition.PreferredReplica = preferredReplica;
            TimeSpan wait = preferredReplica >= 0 ? TimeSpan.Zero : Cluster.Backoff(partition.Attempts++);
            partition.NotBefore = Time.GetTimestamp() + (long)(wait.TotalSeconds * Time.TimestampFrequency);
            _wake.TrySetResult();
        }
    }

    private async Task EndAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _finder.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (HeadFetcher fetcher in _all)
        {
            await fetcher.StopAsync().ConfigureAwait(false);
        }

        Begin(-1);
        Cluster.Buffers.Close(Memory.Bytes);
        _decompressor.Dispose();
        _stop.Dispose();
    }

    private void WakeFetchers()
    {
        lock (_lock)
        {
            _all.ForEach(static f => f.Wake());
        }
    }

    private async Task FindLeadersAsync()
    {
        Task stopped = Task.Delay(Timeout.Infinite, Stopped);
        while (!Stopped.IsCancellationRequested)
        {
            List<HeadPartition> leaderless = Leaderless(out TimeSpan? wait, out Task wake);
            if (leaderless.Count == 0)
            {
                await Task.WhenAny(wait is { } time ? Task.Delay(time, Time, Stopped) : stopped, wake).ConfigureAwait(false);
                continue;
            }

            try
            {
                bool isFirst = leaderless.TrueForAll(static p => p.Attempts == 0 && p.PreferredReplica < 0);
                Assign(leaderless, await Cluster.DescribeAsync(Topic, isFirst, Stopped).ConfigureAwait(false));
            }
            catch (ConnectionLostException e)
            {
                leaderless.ForEach(p => Release(p, e.Message));
            }
            catch (Exception e) when (!Stopped.IsCancellationRequested)
            {
                leaderless.ForEach(p => Fail(p, e));
            }
        }
    }

    /// <summary>The partitions whose leader is to be found now.</summary>
    /// <param name="wait">How long to wait before the next leader is looked for; null if every partition has one.</param>
    /// <param name="wake">Completes when there may be others.</param>
    private List<HeadPartition> Leaderless(out TimeSpan? wait, out Task wake)
    {
        var leaderless = new List<HeadPartition>();
        long now = Time.GetTimestamp();
        long earliest = long.MaxValue;
        lock (_lock)
        {
            if (_wake.Task.IsCompleted)
            {
                _wake = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            wake = _wake.Task;
            foreach (HeadPartition partition in _partitions.Values)
            {
                if (partition.Lane is null && partition.NotBefore <= now)
                {
                    leaderless.Add(partition);
                }
                else if (partition.Lane is null)
                {
                    earliest = Math.Min(earliest, partition.NotBefore);
                }
            }
        }

        wait = earliest < long.MaxValue ? Time.GetElapsedTime(now, earliest) : null;
        return leaderless;
    }

    private void Assign(List<HeadPartition> leaderless, TopicLayout layout)
    {
        if (layout.Error != ErrorCode.None && !layout.Error.IsRetriable())
        {
            leaderless.ForEach(p => Fail(p, Cluster.Refused(Topic, layout.Error)));
            return;
        }

        if (layout.Error != ErrorCode.None || (_topicId is { } was && layout.Id is { } now && was != now))
        {
            // Whoever watches the topic decides whether it was deleted or recreated.
            leaderless.ForEach(p => Release(p, layout.Error == ErrorCode.None ? "the topic was recreated" : $"the brokers respond with {layout.Error.Describe()}"));
            return;
        }

        var woken = new HashSet<HeadFetcher>();
        foreach (HeadPartition partition in leaderless)
        {
            PartitionLeader leader = layout.Partitions.GetValueOrDefault(partition.Partition, new PartitionLeader(-1, -1, ErrorCode.UnknownTopicOrPartition));
            int broker = partition.PreferredReplica >= 0 && layout.Brokers.ContainsKey(partition.PreferredReplica) ? partition.PreferredReplica : leader.Broker;
            if (!layout.Brokers.TryGetValue(broker, out BrokerEndpoint endpoint))
            {
                Release(partition, $"it has no leader now ({leader.Error.Describe()})");
                continue;
            }

            lock (_lock)
            {
                HeadFetcher fetcher = FetcherFor(broker, endpoint);
                fetcher.TopicId = layout.Id;
                partition.LeaderEpoch = leader.Epoch;
                partition.Lane = fetcher.NextLane();
                woken.Add(fetcher);
            }
        }

        foreach (HeadFetcher fetcher in woken)
        {
            Interrupt(fetcher); // it waits for records of others, possibly for long
        }
    }

    private HeadFetcher FetcherFor(int broker, BrokerEndpoint endpoint)
    {
        if (!_fetchers.TryGetValue(broker, out HeadFetcher? fetcher) || fetcher.Endpoint != endpoint)
        {
            fetcher = new HeadFetcher(this, broker, endpoint); // one with an old address gives its partitions back when it cannot connect
            _fetchers[broker] = fetcher;
            _all.Add(fetcher);
            fetcher.Start();
        }

        return fetcher;
    }

    /// <summary>Ends the reading of a partition with a failure, if it is still followed.</summary>
    public void Fail(HeadPartition partition, Exception failure)
    {
        bool isFollowed;
        lock (_lock)
        {
            isFollowed = partition.IsFollowed && _partitions.Remove(partition.Partition);
            partition.IsFollowed = false;
        }

        if (isFollowed)
        {
            Events.OnUnreadable(Faults.At(new PartitionRange(partition.Partition, partition.Position, long.MaxValue), partition.Position, failure), partition.Epoch);
        }
    }
}
