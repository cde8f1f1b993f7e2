namespace KafkaDatasets.Live;

/// <summary>A partition from its assignment to this member until it is taken away: what was given of it, and what may be committed. Guarded by the session's lock.</summary>
internal sealed class OwnedPartition(int partition, long start, long end)
{
    /// <summary>The ranges that were given and not committed, in their order, and those without rows.</summary>
    private readonly Queue<(long End, GivenRanges? Given)> _open = new();

    private long _finished = start;

    public int Partition => partition;

    /// <summary>The log's end when the partition was assigned.</summary>
    public long EndAtAssignment => end;

    /// <summary>Whether it is still this member's.</summary>
    public bool IsOwned { get; set; } = true;

    /// <summary>The offset after the last one that is in a batch that was given, or that was passed without a row.</summary>
    public long Given { get; private set; } = start;

    /// <summary>Everything below it has been read: it is in a batch that was given or is being filled, or is no row.</summary>
    public long Read { get; set; } = start;

    /// <summary>What the group has committed, as far as this member knows.</summary>
    public long Committed { get; set; } = start;

    /// <summary>Whether the head reader delivers it; otherwise it is paused, or a pass is catching up with it.</summary>
    public bool IsAtHead { get; set; }

    /// <summary>The offset at which the read stops; null: it does not.</summary>
    public long? StopBefore { get; set; }

    /// <summary>Whether the read has nothing more to take from it.</summary>
    public bool IsStopped => StopBefore is { } stop && Read >= stop;

    /// <summary>Counts a range up to an offset as given.</summary>
    /// <param name="upTo">Its end.</param>
    /// <param name="given">The batch that it is in; null: it has no rows.</param>
    public void Give(long upTo, GivenRanges? given)
    {
        if (upTo > Given)
        {
            Given = upTo;
            _open.Enqueue((upTo, given));
        }
    }

    /// <summary>The offset up to which everything is committed by the reader, or is no row.</summary>
    public long Advance()
    {
        while (_open.TryPeek(out (long End, GivenRanges? Given) next) && next.Given?.IsCommitted != false)
        {
            _finished = next.End;
            _open.Dequeue();
        }

        return _finished;
    }

    /// <summary>Whether a batch with rows of it is still at work.</summary>
    public bool HasUnfinished => _open.Any(o => o.Given is { IsFinished: false });
}
