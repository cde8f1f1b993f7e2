namespace KafkaDatasets.Live;

/// <summary>A partition from its assignment to this member until it is revoked: which of its offsets were returned, and which can be committed. Guarded by the session's lock.</summary>
internal sealed class OwnedPartition(int partition, long start)
{
    /// <summary>The ranges that were returned but not committed, and those without rows, in order.</summary>
    private readonly Queue<(long End, GivenRanges? Given)> _open = new();

    private long _finished = start;

    public int Partition => partition;

    /// <summary>The offset at which reading started when the partition was assigned.</summary>
    public long Start { get; } = start;

    /// <summary>Whether the partition still belongs to this member.</summary>
    public bool IsOwned { get; set; } = true;

    /// <summary>The offset after the last one that was returned in a batch, or that had no row.</summary>
    public long Given { get; private set; } = start;

    /// <summary>The offset before which everything has been read: every earlier offset is in a batch that was returned or is being filled, or has no row.</summary>
    public long Read { get; set; } = start;

    /// <summary>The group's committed offset, as far as this member knows.</summary>
    public long Committed { get; set; } = start;

    /// <summary>Whether the partition is read at the head; if false, it is paused, or a catch-up pass reads it.</summary>
    public bool IsAtHead { get; set; }

    /// <summary>The offset at which the read stops; null if it does not stop.</summary>
    public long? StopBefore { get; set; }

    /// <summary>Whether the read has reached <see cref="StopBefore"/>.</summary>
    public bool IsStopped => StopBefore is { } stop && Read >= stop;

    /// <summary>Records a range up to an offset as returned.</summary>
    /// <param name="upTo">The end of the range, exclusive.</param>
    /// <param name="given">The batch that contains the range; null if the range has no rows.</param>
    public void Give(long upTo, GivenRanges? given)
    {
        if (upTo > Given)
        {
            Given = upTo;
            _open.Enqueue((upTo, given));
        }
    }

    /// <summary>Returns the offset before which every offset was committed by the reader or has no row.</summary>
    public long Advance()
    {
        while (_open.TryPeek(out (long End, GivenRanges? Given) next) && next.Given?.IsCommitted != false)
        {
            _finished = next.End;
            _open.Dequeue();
        }

        return _finished;
    }

    /// <summary>Returns the offset before which every offset has no row, is committed, or belongs to one of the given batches.</summary>
    public long ReachOf(IReadOnlySet<GivenRanges> batches)
    {
        long end = Committed;
        foreach ((long next, GivenRanges? given) in _open)
        {
            if (given is { IsCommitted: false } && !batches.Contains(given))
            {
                break;
            }

            end = Math.Max(end, next);
        }

        return end;
    }

    /// <summary>Forgets everything that was returned after the committed offset, so that it is read again.</summary>
    public void Rewind(long committed)
    {
        Committed = committed;
        Given = committed;
        _finished = committed;
        _open.Clear();
    }

    /// <summary>Whether the reader is still processing a batch with rows of the partition.</summary>
    public bool HasUnfinished => _open.Any(o => o.Given is { IsFinished: false });
}
