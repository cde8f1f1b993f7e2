using KafkaDatasets.Diagnostics;
using KafkaDatasets.Fetching.Direct.Connection;
using KafkaDatasets.Fetching.Direct.Protocol;

namespace KafkaDatasets.Fetching.Direct;

/// <summary>Finds the leaders of a pass's partitions: at its start, and again, with back-off, whenever a fetch of one has failed.</summary>
internal sealed class LeaderFinder
{
    /// <summary>How long brokers may say that there is no such topic before it counts as deleted.</summary>
    private static readonly TimeSpan TopicGrace = TimeSpan.FromSeconds(3);

    private readonly DirectSource _source;
    private readonly Cluster _cluster;
    private readonly AsyncSignal _wake = new();
    private Task _loop = Task.CompletedTask;
    private long? _missingSince;

    public LeaderFinder(DirectSource source, Cluster cluster)
    {
        _source = source;
        _cluster = cluster;
    }

    public void Start() => _loop = Task.Run(RunAsync);

    public async ValueTask StopAsync()
    {
        _wake.Set();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Another try failed: the partition is given a leader again after a while, or, if it has failed for too long, ends.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="reason">What failed, as a clause.</param>
    /// <param name="cause">The exception, where there was one.</param>
    /// <param name="error">Kafka's error code, where there was one.</param>
    public void Retry(PartitionReader partition, string reason, Exception? cause, ErrorCode error)
    {
        TimeProvider time = _cluster.Context.TimeProvider;
        bool isOver;
        lock (_source.SyncRoot)
        {
            if (!partition.IsActive)
            {
                return;
            }

            partition.Fetcher = null;
            partition.PreferredReplica = -1;
            isOver = Stalled(partition);
            partition.NotBefore = time.GetTimestamp() + (long)(_cluster.Backoff(partition.Attempts++).TotalSeconds * time.TimestampFrequency);
        }

        if (isOver)
        {
            _source.Fail(partition, Describe(partition, reason, cause, error));
        }
        else
        {
            Log.FetchRetried(_cluster.Context.Logger, _source.Snapshot.Topic, partition.Range.Partition, partition.FetchPosition, reason);
            _wake.Set();
        }
    }

    /// <summary>Notes that a partition does not move on; whether it has not for too long. Under the source's lock.</summary>
    public bool Stalled(PartitionReader partition)
    {
        TimeProvider time = _cluster.Context.TimeProvider;
        partition.FailingSince ??= time.GetTimestamp();
        return time.GetElapsedTime(partition.FailingSince.Value) >= _cluster.Context.Timeout;
    }

    /// <summary>The error of a partition that has not moved on for too long.</summary>
    public BrokerException Describe(PartitionReader partition, string reason, Exception? cause, ErrorCode error) =>
        new($"Partition {partition.Range.Partition} of topic '{_source.Snapshot.Topic}' could not be read on from offset {partition.FetchPosition} for {_cluster.Context.Timeout.TotalSeconds:0.#} s: {reason}.", cause)
        {
            Topic = _source.Snapshot.Topic,
            Partition = partition.Range.Partition,
            Offset = partition.FetchPosition,
            ErrorCode = error == ErrorCode.None ? null : (int)error,
        };

    private async Task RunAsync()
    {
        TimeProvider time = _cluster.Context.TimeProvider;
        CancellationToken stopped = _source.Stopped;
        while (!stopped.IsCancellationRequested)
        {
            List<PartitionReader> leaderless = Leaderless(out TimeSpan wait);
            if (leaderless.Count == 0)
            {
                await _wake.WaitAsync().ConfigureAwait(false);
                continue;
            }

            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, time, stopped).ConfigureAwait(false);
            }

            try
            {
                bool isFirst = leaderless.TrueForAll(static p => p.Attempts == 0);
                Assign(leaderless, await _cluster.DescribeAsync(_source.Snapshot.Topic, isFirst, stopped).ConfigureAwait(false));
            }
            catch (ConnectionLostException e)
            {
                leaderless.ForEach(p => Retry(p, e.Message, e, ErrorCode.None));
            }
            catch (Exception e) when (!stopped.IsCancellationRequested)
            {
                leaderless.ForEach(p => _source.Fail(p, e));
            }
        }
    }

    private List<PartitionReader> Leaderless(out TimeSpan wait)
    {
        var leaderless = new List<PartitionReader>();
        TimeProvider time = _cluster.Context.TimeProvider;
        long now = time.GetTimestamp();
        long earliest = long.MaxValue;
        lock (_source.SyncRoot)
        {
            foreach (PartitionReader partition in _source.Partitions)
            {
                if (partition.IsActive && partition.Fetcher is null)
                {
                    leaderless.Add(partition);
                    earliest = Math.Min(earliest, partition.NotBefore);
                }
            }
        }

        wait = leaderless.Count > 0 && earliest > now ? time.GetElapsedTime(now, earliest) : TimeSpan.Zero;
        return leaderless;
    }

    private void Assign(List<PartitionReader> leaderless, TopicLayout layout)
    {
        DatasetSnapshot snapshot = _source.Snapshot;
        if (layout.Error != ErrorCode.None)
        {
            Refuse(leaderless, layout.Error);
            return;
        }

        _missingSince = null;
        if (snapshot.TopicId is { } expected && layout.Id is { } actual && expected != actual)
        {
            Lose(leaderless, $"has the id {actual} now, not {expected}: it was deleted and made anew, and the rows of the snapshot are gone");
            return;
        }

        foreach (PartitionReader partition in leaderless)
        {
            if (!layout.Partitions.TryGetValue(partition.Range.Partition, out PartitionLeader leader))
            {
                Retry(partition, "the brokers say that there is no such partition", null, ErrorCode.UnknownTopicOrPartition);
                continue;
            }

            int broker = partition.PreferredReplica >= 0 && layout.Brokers.ContainsKey(partition.PreferredReplica) ? partition.PreferredReplica : leader.Broker;
            if (!layout.Brokers.TryGetValue(broker, out BrokerEndpoint endpoint))
            {
                Retry(partition, $"it has no leader now ({leader.Error.Describe()})", null, ErrorCode.LeaderNotAvailable);
                continue;
            }

            BrokerFetcher fetcher = _source.FetcherFor(broker, endpoint);
            fetcher.TopicId = layout.Id;
            lock (_source.SyncRoot)
            {
                partition.LeaderEpoch = leader.Epoch;
                partition.Fetcher = fetcher;
            }

            fetcher.Wake();
        }
    }

    private void Refuse(List<PartitionReader> leaderless, ErrorCode error)
    {
        string topic = _source.Snapshot.Topic;
        TimeProvider time = _cluster.Context.TimeProvider;
        if (error == ErrorCode.UnknownTopicOrPartition)
        {
            _missingSince ??= time.GetTimestamp();
            TimeSpan grace = _cluster.Context.Timeout < TopicGrace ? _cluster.Context.Timeout : TopicGrace;
            if (time.GetElapsedTime(_missingSince.Value) >= grace)
            {
                Lose(leaderless, "does not exist any more: it was deleted, and the rows of the snapshot are gone");
                return;
            }
        }
        else if (!error.IsRetriable())
        {
            leaderless.ForEach(p => _source.Fail(p, Cluster.Refused(topic, error)));
            return;
        }

        leaderless.ForEach(p => Retry(p, $"the brokers say {error.Describe()}", null, error));
    }

    private void Lose(List<PartitionReader> partitions, string what)
    {
        string topic = _source.Snapshot.Topic;
        foreach (PartitionReader partition in partitions)
        {
            _source.Fail(partition, new DataLossException($"Topic '{topic}' {what}. Partition {partition.Range.Partition} was read up to offset {partition.FetchPosition} of {partition.Range}.")
            {
                Topic = topic,
                Partition = partition.Range.Partition,
                Offset = partition.FetchPosition,
            });
        }
    }
}
