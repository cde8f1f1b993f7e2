using KafkaDatasets.Diagnostics;
using KafkaDatasets.Fetching.Direct.Connection;
using KafkaDatasets.Fetching.Direct.Protocol;
using KafkaDatasets.Fetching.Direct.Records;
using KafkaDatasets.Ranges;

namespace KafkaDatasets.Fetching.Direct;

/// <summary>What a broker's answers to Fetch mean for the partitions: records to hand on, another leader to find, an end, or a loss.</summary>
/// <param name="source">The pass.</param>
/// <param name="cluster">The cluster.</param>
/// <param name="plan">What was asked for.</param>
/// <param name="broker">The broker's id.</param>
/// <param name="endpoint">Its address.</param>
internal sealed class AnswerHandler(DirectSource source, Cluster cluster, FetchPlan plan, int broker, BrokerEndpoint endpoint)
{
    private readonly List<PartitionReader> _outOfRange = [];

    /// <summary>Another answer comes.</summary>
    public void Begin() => _outOfRange.Clear();

    /// <summary>Asks where the log starts of those partitions whose offset is not in it, and passes over what is lost, or ends the reading.</summary>
    public async ValueTask ResolveOutOfRangeAsync(BrokerConnection connection)
    {
        foreach (PartitionReader partition in _outOfRange)
        {
            await ResolveAsync(connection, partition).ConfigureAwait(false);
        }
    }

    /// <summary>Takes what came for a partition; the buffer, where it hands that on.</summary>
    public void Take(PartitionReader partition, in FetchedPartition fetched, ref SharedBuffer? buffer, long divergedAt)
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
        else if (fetched.PreferredReplica >= 0 && fetched.PreferredReplica != broker)
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
                cluster.Settings.MaxResponseBytes);
        }
        catch (BatchFault e)
        {
            source.Fail(partition, SliceDecoder.MakeException(source.Snapshot.Topic, partition.Range.Partition, partition.FetchPosition, e));
            return;
        }

        source.Deliver(partition, new FetchedSlice(buffer, scan.Length, fetched.AbortedTransactions, partition.FetchPosition), scan);
        buffer = null;
    }

    private void OnNothing(PartitionReader partition, in FetchedPartition fetched)
    {
        bool isOver = false;
        lock (source.SyncRoot)
        {
            bool isBehind = fetched.LastStableOffset <= partition.FetchPosition;
            if (isBehind || plan.IsFirst(partition))
            {
                isOver = partition.IsActive && source.Finder.Stalled(partition);
            }
        }

        if (isOver)
        {
            string reason = fetched.LastStableOffset > partition.FetchPosition
                ? $"the broker gives nothing there, though the log goes on (last stable offset {fetched.LastStableOffset}): its file may be damaged"
                : $"the log ends there now (high watermark {fetched.HighWatermark}, last stable offset {fetched.LastStableOffset}), before the end of the range {partition.Range}";
            source.Fail(partition, source.Finder.Describe(partition, reason, null, ErrorCode.None));
        }
    }

    private void Redirect(PartitionReader partition, int replica)
    {
        source.Finder.Retry(partition, $"the leader prefers that broker {replica} is read from", null, ErrorCode.None);
        lock (source.SyncRoot)
        {
            partition.PreferredReplica = replica;
        }
    }

    private void OnTruncated(PartitionReader partition, long divergedAt)
    {
        if (cluster.Context.OnDataLoss == DataLossPolicy.Skip)
        {
            Log.LogTruncated(cluster.Context.Logger, source.Snapshot.Topic, partition.Range.Partition, divergedAt, partition.FetchPosition);
            lock (source.SyncRoot)
            {
                partition.LastFetchedEpoch = -1;
                partition.IsContinued = false;
            }

            return;
        }

        source.Fail(partition, Loss(partition, $"the log was truncated at offset {divergedAt}, before offset {partition.FetchPosition}, up to which it has been read: an unclean leader election"));
    }

    public void OnError(ErrorCode error)
    {
        foreach (PartitionReader partition in plan.Partitions)
        {
            OnPartitionError(partition, error);
        }
    }

    private void OnPartitionError(PartitionReader partition, ErrorCode error)
    {
        string topic = source.Snapshot.Topic;
        if (error.IsRetriable())
        {
            source.Finder.Retry(partition, $"{endpoint} says {error.Describe()}", null, error);
        }
        else if (error.IsAccessDenied())
        {
            source.Fail(partition, Cluster.Refused(topic, error));
        }
        else
        {
            source.Fail(partition, new BrokerException($"{endpoint} answered with {error.Describe()} for partition {partition.Range.Partition} of topic '{topic}' at offset {partition.FetchPosition}.")
            {
                Topic = topic,
                Partition = partition.Range.Partition,
                Offset = partition.FetchPosition,
                ErrorCode = (int)error,
            });
        }
    }

    private async ValueTask ResolveAsync(BrokerConnection connection, PartitionReader partition)
    {
        if (partition.PreferredReplica >= 0)
        {
            source.Finder.Retry(partition, $"offset {partition.FetchPosition} is not on the replica {endpoint}", null, ErrorCode.OffsetOutOfRange);
            return;
        }

        string topic = source.Snapshot.Topic;
        int number = partition.Range.Partition;
        Dictionary<int, (ErrorCode Error, long Offset)> answer =
            await cluster.ListOffsetsAsync(connection, topic, [(number, partition.LeaderEpoch)], OffsetQuery.Earliest.Timestamp).ConfigureAwait(false);
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
            source.Finder.Retry(partition, $"offset {partition.FetchPosition} is not in the log of {endpoint}, which starts at {start}", null, ErrorCode.OffsetOutOfRange);
        }
    }

    private bool IsBeyondLogForTooLong(PartitionReader partition)
    {
        lock (source.SyncRoot)
        {
            return source.Finder.Stalled(partition);
        }
    }

    private void Lose(PartitionReader partition, long next, string why)
    {
        long to = Math.Min(next, partition.Range.End);
        if (partition.MayPassOver(partition.FetchPosition, to))
        {
            source.Skip(partition, to);
            return;
        }

        source.Fail(partition, Loss(partition, why));
    }

    private DataLossException Loss(PartitionReader partition, string why) =>
        new($"Offset {partition.FetchPosition} of partition {partition.Range.Partition} of topic '{source.Snapshot.Topic}' (range {partition.Range}) is lost: {why}. {nameof(KafkaDatasetOptions.OnDataLoss)} = {nameof(DataLossPolicy.Skip)} passes over what is lost.")
        {
            Topic = source.Snapshot.Topic,
            Partition = partition.Range.Partition,
            Offset = partition.FetchPosition,
        };
}
