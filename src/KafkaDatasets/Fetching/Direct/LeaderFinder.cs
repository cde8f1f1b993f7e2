using KafkaDatasets.Diagnostics;
using KafkaDatasets.Fetching.Direct.Connection;
using KafkaDatasets.Fetching.Direct.Protocol;
using KafkaDatasets.Ranges;

namespace KafkaDatasets.Fetching.Direct;

/// <summary>Finds the leaders of a pass's segments: when they are opened, and again, with backoff, after each failed fetch.</summary>
internal sealed class LeaderFinder
{
    private readonly DirectPass _pass;
    private readonly FetcherSet _fetchers;
    private readonly AsyncSignal _wake = new();
    private Task _loop = Task.CompletedTask;
    private long? _missingSince;

    public LeaderFinder(DirectPass pass, FetcherSet fetchers)
    {
        _pass = pass;
        _fetchers = fetchers;
    }

    private TimeProvider Time => _pass.Context.TimeProvider;

    public void Start() => _loop = Task.Run(RunAsync);

    /// <summary>Wakes the finder, because there may be segments without a leader.</summary>
    public void Wake() => _wake.Set();

    public async ValueTask StopAsync()
    {
        _wake.Set();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Handles a failed attempt: the segment's leader is looked up again after a while, or the segment ends if it has failed for too long.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="reason">What failed, as a clause.</param>
    /// <param name="cause">The exception, if there was one.</param>
    /// <param name="error">Kafka's error code, if there was one.</param>
    public void Retry(SegmentReader segment, string reason, Exception? cause, ErrorCode error)
    {
        if (!_pass.Segments.TryRelease(segment, _pass.Cluster.Backoff, out bool isOver))
        {
            return;
        }

        if (isOver)
        {
            _pass.Segments.Fail(segment, Stuck(segment, reason, cause, error));
        }
        else
        {
            Log.FetchRetried(_pass.Context.Logger, _pass.Topic, segment.Range.Partition, segment.FetchPosition, reason);
            _wake.Set();
        }
    }

    /// <summary>The exception for a segment that has made no progress for too long.</summary>
    public BrokerException Stuck(SegmentReader segment, string reason, Exception? cause, ErrorCode error) =>
        _pass.Faults.Stuck(segment.Range.Partition, segment.FetchPosition, _pass.Context.Timeout, reason, error == ErrorCode.None ? null : (int)error, cause);

    private async Task RunAsync()
    {
        CancellationToken stopped = _pass.Stopped;
        while (!stopped.IsCancellationRequested)
        {
            List<SegmentReader> leaderless = _pass.Segments.Leaderless(out TimeSpan wait);
            if (leaderless.Count == 0)
            {
                await _wake.WaitAsync().ConfigureAwait(false);
                continue;
            }

            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, Time, stopped).ConfigureAwait(false);
            }

            try
            {
                bool isFirst = leaderless.TrueForAll(static s => s.Attempts == 0);
                Assign(leaderless, await _pass.Cluster.DescribeAsync(_pass.Topic, isFirst, stopped).ConfigureAwait(false));
            }
            catch (ConnectionLostException e)
            {
                leaderless.ForEach(s => Retry(s, e.Message, e, ErrorCode.None));
            }
            catch (Exception e) when (!stopped.IsCancellationRequested)
            {
                leaderless.ForEach(s => _pass.Segments.Fail(s, e));
            }
        }
    }

    private void Assign(List<SegmentReader> leaderless, TopicLayout layout)
    {
        if (layout.Error != ErrorCode.None)
        {
            Refuse(leaderless, layout.Error);
            return;
        }

        _missingSince = null;
        if (_pass.Order.Snapshot.TopicId is { } was && layout.Id is { } now && was != now)
        {
            leaderless.ForEach(s => _pass.Segments.Fail(s, ReadFaults.Recreated(_pass.Topic, was, now)));
            return;
        }

        foreach (SegmentReader segment in leaderless)
        {
            if (!layout.Partitions.TryGetValue(segment.Range.Partition, out PartitionLeader leader))
            {
                Retry(segment, "the brokers report that the partition does not exist", null, ErrorCode.UnknownTopicOrPartition);
                continue;
            }

            int broker = segment.PreferredReplica >= 0 && layout.Brokers.ContainsKey(segment.PreferredReplica) ? segment.PreferredReplica : leader.Broker;
            if (!layout.Brokers.TryGetValue(broker, out BrokerEndpoint endpoint))
            {
                Retry(segment, $"it has no leader now ({leader.Error.Describe()})", null, ErrorCode.LeaderNotAvailable);
                continue;
            }

            BrokerFetcher fetcher = _fetchers.For(segment.Segment, broker, endpoint);
            fetcher.TopicId = layout.Id;
            _pass.Segments.Assign(segment, fetcher, leader.Epoch);
            fetcher.Wake();
        }
    }

    private void Refuse(List<SegmentReader> leaderless, ErrorCode error)
    {
        if (error == ErrorCode.UnknownTopicOrPartition)
        {
            _missingSince ??= Time.GetTimestamp();
            TimeSpan grace = _pass.Context.Timeout < ReadFaults.DeletionGrace ? _pass.Context.Timeout : ReadFaults.DeletionGrace;
            if (Time.GetElapsedTime(_missingSince.Value) >= grace)
            {
                leaderless.ForEach(s => _pass.Segments.Fail(s, ReadFaults.Deleted(_pass.Topic)));
                return;
            }
        }
        else if (!error.IsRetriable())
        {
            leaderless.ForEach(s => _pass.Segments.Fail(s, Cluster.Refused(_pass.Topic, error)));
            return;
        }

        leaderless.ForEach(s => Retry(s, $"the brokers respond with {error.Describe()}", null, error));
    }
}
