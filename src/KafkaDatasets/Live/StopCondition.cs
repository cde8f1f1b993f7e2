using System.Diagnostics;
using KafkaDatasets.Fetching;
using KafkaDatasets.Ranges;

namespace KafkaDatasets.Live;

/// <summary>Decides when a read ends: at an offset of each partition, or after a time without records.</summary>
internal sealed class StopCondition(StopAt stop, LiveSession session)
{
    private long _lastRows = session.Time.GetTimestamp();
    private bool _isTimeResolved;

    /// <summary>The maximum time to wait for records; null for no limit.</summary>
    public TimeSpan? Remaining => stop switch
    {
        StopAt.IdleStop idle => idle.Duration - session.Time.GetElapsedTime(_lastRows),
        StopAt.TimestampStop time when !_isTimeResolved => time.Time - session.Time.GetUtcNow(),
        _ => null,
    };

    public void OnRows() => _lastRows = session.Time.GetTimestamp();

    /// <summary>Sets the offsets at which newly started partitions stop.</summary>
    /// <param name="partitions">The partitions.</param>
    /// <param name="ends">The current end offsets of the partitions' logs.</param>
    /// <param name="cancellation">Cancels the request.</param>
    public async ValueTask AddAsync(IReadOnlyList<OwnedPartition> partitions, long[] ends, CancellationToken cancellation)
    {
        _isTimeResolved = false;
        OnRows(); // what has just been assigned cannot have been idle before
        long[]? times = null;
        if (stop is StopAt.TimestampStop time && time.Time <= session.Time.GetUtcNow())
        {
            times = await session.EndsAsync([.. partitions.Select(p => p.Partition)], OffsetQuery.At(time.Time), cancellation).ConfigureAwait(false);
        }

        for (int i = 0; i < partitions.Count; i++)
        {
            OwnedPartition partition = partitions[i];
            partition.StopBefore = stop switch
            {
                StopAt.NeverStop or StopAt.IdleStop => null,
                StopAt.CaughtUpStop => partition.StopBefore ?? ends[i],
                StopAt.OffsetsStop offsets => offsets.Ends.TryGetValue(partition.Partition, out long end) ? end : partition.StopBefore ?? ends[i],
                StopAt.TimestampStop => times?[i],
                _ => throw new UnreachableException(),
            };
        }
    }

    /// <summary>Finds the offset at which a partition stops from its records, if it stops at a time in the future.</summary>
    public void Observe(OwnedPartition partition, RecordChunk chunk, int next)
    {
        if (stop is not StopAt.TimestampStop time || partition.StopBefore is not null)
        {
            return;
        }

        long milliseconds = time.Time.ToUnixTimeMilliseconds();
        for (int i = next; i < chunk.Count; i++)
        {
            if (chunk.Entries[i].Timestamp >= milliseconds)
            {
                partition.StopBefore = chunk.Entries[i].Offset;
                return;
            }
        }
    }

    public async ValueTask<bool> IsReachedAsync(IReadOnlyCollection<OwnedPartition> partitions, CancellationToken cancellation)
    {
        if (stop is StopAt.NeverStop || !session.IsSettled)
        {
            return false;
        }

        switch (stop)
        {
            case StopAt.IdleStop:
                return Remaining <= TimeSpan.Zero && await IsIdleAsync(partitions, cancellation).ConfigureAwait(false);
            case StopAt.CaughtUpStop or StopAt.OffsetsStop:
                return partitions.All(p => p.IsStopped);
            case StopAt.TimestampStop time:
                await ResolveAsync(time, partitions, cancellation).ConfigureAwait(false);
                return partitions.All(p => p.IsStopped);
            default:
                throw new UnreachableException();
        }
    }

    /// <summary>
    /// Whether there is really nothing to read. That no record was taken for some time does not mean that none is there: the caller may have worked on a batch for longer, the brokers may be slow,
    /// or the clock may have jumped.
    /// </summary>
    private async ValueTask<bool> IsIdleAsync(IReadOnlyCollection<OwnedPartition> partitions, CancellationToken cancellation)
    {
        if (!session.Inbox.IsEmpty)
        {
            return false;
        }

        bool isIdle = false;
        try
        {
            long[] ends = await session.EndsAsync([.. partitions.Select(p => p.Partition)], OffsetQuery.LastStable, cancellation).ConfigureAwait(false);
            isIdle = partitions.Zip(ends).All(p => p.First.Read >= p.Second);
        }
        catch (BrokerException e) when (!e.IsAccessDenied)
        {
            // A broker that does not respond does not end a read.
        }

        if (!isIdle)
        {
            OnRows(); // waits for another such time
        }

        return isIdle;
    }

    /// <summary>Looks up the stop offset by timestamp, once the time has passed, for partitions in which no record has determined it.</summary>
    private async ValueTask ResolveAsync(StopAt.TimestampStop time, IReadOnlyCollection<OwnedPartition> partitions, CancellationToken cancellation)
    {
        if (_isTimeResolved || time.Time > session.Time.GetUtcNow())
        {
            return;
        }

        OwnedPartition[] open = [.. partitions.Where(p => p.StopBefore is null)];
        long[] offsets = await session.EndsAsync([.. open.Select(p => p.Partition)], OffsetQuery.At(time.Time), cancellation).ConfigureAwait(false);
        for (int i = 0; i < open.Length; i++)
        {
            open[i].StopBefore = offsets[i];
        }

        _isTimeResolved = true;
    }
}
