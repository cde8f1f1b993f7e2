using KafkaDatasets.Diagnostics;
using KafkaDatasets.Fetching.Direct.Connection;
using KafkaDatasets.Fetching.Direct.Protocol;
using KafkaDatasets.Fetching.Direct.Records;
using KafkaDatasets.Ranges;

namespace KafkaDatasets.Fetching.Direct;

/// <summary>Applies a broker's Fetch responses to the segments: passes records on, has another leader found, ends a segment, or handles data loss.</summary>
/// <param name="pass">The pass.</param>
/// <param name="finder">Finds leaders.</param>
/// <param name="plan">What was requested.</param>
/// <param name="broker">The broker's id.</param>
/// <param name="endpoint">Its address.</param>
internal sealed class ResponseHandler(DirectPass pass, LeaderFinder finder, FetchPlan plan, int broker, BrokerEndpoint endpoint)
{
    private readonly List<SegmentReader> _outOfRange = [];

    /// <summary>Begins another response.</summary>
    public void Begin() => _outOfRange.Clear();

    /// <summary>For segments whose offset is not in the log, queries where the log starts, and skips what is lost or ends the reading.</summary>
    public async ValueTask ResolveOutOfRangeAsync(BrokerConnection connection)
    {
        foreach (SegmentReader segment in _outOfRange)
        {
            await ResolveAsync(connection, segment).ConfigureAwait(false);
        }
    }

    /// <summary>Processes what was received for a segment; sets the buffer to null when it takes ownership.</summary>
    public void Take(SegmentReader segment, in FetchedPartition fetched, ref SharedBuffer? buffer, long divergedAt)
    {
        if (fetched.Error == ErrorCode.OffsetOutOfRange)
        {
            _outOfRange.Add(segment);
        }
        else if (fetched.Error != ErrorCode.None)
        {
            OnPartitionError(segment, fetched.Error);
        }
        else if (divergedAt >= 0)
        {
            OnTruncated(segment, divergedAt);
        }
        else if (fetched.PreferredReplica >= 0 && fetched.PreferredReplica != broker)
        {
            finder.Retry(segment, $"the leader asks to read from broker {fetched.PreferredReplica}", null, ErrorCode.None);
            pass.Segments.Prefer(segment, fetched.PreferredReplica);
        }
        else if (buffer is not null)
        {
            TakeRecords(segment, fetched, ref buffer);
        }
        else
        {
            OnNothing(segment, fetched);
        }
    }

    public void OnError(ErrorCode error)
    {
        foreach (SegmentReader segment in plan.Segments)
        {
            OnPartitionError(segment, error);
        }
    }

    private void TakeRecords(SegmentReader segment, in FetchedPartition fetched, ref SharedBuffer? buffer)
    {
        SliceScan scan;
        try
        {
            scan = SliceScan.Of(
                buffer!.Bytes.AsSpan(0, fetched.RecordsLength),
                segment.FetchPosition,
                segment.Range.End,
                segment.IsContinued,
                fetched.HighWatermark,
                pass.Cluster.Settings.MaxResponseBytes);
        }
        catch (BatchFault e)
        {
            pass.Segments.Fail(segment, pass.Faults.Corrupt(segment.Range.Partition, segment.FetchPosition, e.Message, e));
            return;
        }

        var slice = new FetchedSlice(buffer, scan.Length, fetched.AbortedTransactions, segment.FetchPosition, scan.NextOffset);
        if (pass.Context.Tap is { } tap && pass.Order.Snapshot.TopicId is { } topicId && segment.Fetcher?.TopicId == topicId)
        {
            tap.Take(topicId, segment.Range.Partition, slice, scan.NextOffset, fetched.LogStartOffset >= 0 ? fetched.LogStartOffset : slice.From);
        }

        pass.Segments.Deliver(segment, slice, scan);
        buffer = null;
    }

    private void OnNothing(SegmentReader segment, in FetchedPartition fetched)
    {
        bool isBehind = fetched.LastStableOffset <= segment.FetchPosition;
        if ((isBehind || plan.IsFirst(segment)) && pass.Segments.MarkStalled(segment))
        {
            string reason = FormattableString.Invariant(isBehind
                ? (FormattableString)$"the log now ends there (high watermark {fetched.HighWatermark}, last stable offset {fetched.LastStableOffset}), before the end of the range {segment.Range}"
                : $"the broker returns nothing there, though the log goes on (last stable offset {fetched.LastStableOffset}): its file may be damaged");
            pass.Segments.Fail(segment, finder.Stuck(segment, reason, null, ErrorCode.None));
        }
    }

    private void OnTruncated(SegmentReader segment, long divergedAt)
    {
        if (pass.Context.OnDataLoss == DataLossPolicy.Skip)
        {
            Log.LogTruncated(pass.Context.Logger, pass.Topic, segment.Range.Partition, divergedAt, segment.FetchPosition);
            pass.Segments.ForgetEpoch(segment);
            return;
        }

        pass.Segments.Fail(segment, pass.Faults.Truncated(segment.Range, segment.FetchPosition, divergedAt));
    }

    private void OnPartitionError(SegmentReader segment, ErrorCode error)
    {
        if (error.IsRetriable())
        {
            finder.Retry(segment, $"{endpoint} says {error.Describe()}", null, error);
        }
        else
        {
            pass.Segments.Fail(segment, FetchFaults.Of(endpoint, pass.Topic, segment.Range.Partition, segment.FetchPosition, error));
        }
    }

    private async ValueTask ResolveAsync(BrokerConnection connection, SegmentReader segment)
    {
        long position = segment.FetchPosition;
        if (segment.PreferredReplica >= 0)
        {
            finder.Retry(segment, FormattableString.Invariant($"offset {position} is not on the replica {endpoint}"), null, ErrorCode.OffsetOutOfRange);
            return;
        }

        int number = segment.Range.Partition;
        Dictionary<int, (ErrorCode Error, long Offset)> offsets =
            await pass.Cluster.ListOffsetsAsync(connection, pass.Topic, [(number, segment.LeaderEpoch)], OffsetQuery.Earliest).ConfigureAwait(false);
        (ErrorCode error, long start) = offsets.TryGetValue(number, out (ErrorCode, long) a) ? a : (ErrorCode.UnknownServerError, -1);
        if (error != ErrorCode.None)
        {
            OnPartitionError(segment, error);
        }
        else if (start > position)
        {
            Lose(segment, start, pass.Faults.RangeGone(segment.Range, position, start));
        }
        else if (pass.Segments.MarkStalled(segment))
        {
            Lose(segment, segment.Range.End, pass.Faults.LogCutOff(segment.Range, position));
        }
        else
        {
            finder.Retry(segment, FormattableString.Invariant($"offset {position} is not in the log of {endpoint}, which starts at {start}"), null, ErrorCode.OffsetOutOfRange);
        }
    }

    private void Lose(SegmentReader segment, long next, DataLossException loss)
    {
        long to = Math.Min(next, segment.Range.End);
        if (pass.Faults.TrySkipLost(segment.Range.Partition, segment.FetchPosition, to))
        {
            pass.Segments.Skip(segment, to);
            return;
        }

        pass.Segments.Fail(segment, loss);
    }
}
