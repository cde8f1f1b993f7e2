namespace KafkaDatasets.Ranges;

/// <summary>
/// The order in which a pass reads the offsets of a snapshot, from a place in it to its end: canonical or shuffled, from the start or resumed.
/// The source fetches by it and the pipeline takes the records by it, so that both always agree.
/// </summary>
/// <remarks>
/// An order has segments, which are fetched from first to last, several side by side, and pieces of them, which are taken in turn.
/// A place is a number in [0, <see cref="Length"/>]; it depends on the snapshot and the shuffle alone, so that a place can be resumed anywhere.
/// </remarks>
internal abstract class ReadOrder
{
    private protected ReadOrder(DatasetSnapshot snapshot, long start)
    {
        Snapshot = snapshot;
        Start = start;
    }

    public DatasetSnapshot Snapshot { get; }

    /// <summary>The place at which the pass begins.</summary>
    public long Start { get; }

    /// <summary>The place after the last row.</summary>
    public abstract long Length { get; }

    /// <summary>The first segment that the pass reads.</summary>
    public abstract long FirstSegment { get; }

    public abstract long SegmentCount { get; }

    /// <summary>About how many offsets of the range lie before <see cref="Start"/>.</summary>
    public abstract long OffsetsBefore { get; }

    /// <summary>An order of the snapshot's offsets.</summary>
    /// <param name="snapshot">What is read.</param>
    /// <param name="shuffle">The shuffle; null: canonical order.</param>
    /// <param name="start">The place at which the pass begins.</param>
    public static ReadOrder Of(DatasetSnapshot snapshot, Shuffle? shuffle = null, long start = 0) =>
        shuffle is null ? new CanonicalOrder(snapshot, start) : new ShuffledOrder(snapshot, shuffle, start);

    /// <summary>The segment, as far as this pass reads it.</summary>
    public abstract ReadSegment Segment(long index);

    /// <summary>When an offset of a segment is needed: those with a lower turn are needed earlier.</summary>
    public abstract long TurnOf(long segment, long offset);

    /// <summary>The segments below it are worth fetching while the given offset is read.</summary>
    public abstract long OpenUntil(long segment, long offset);

    /// <summary>The pieces in the order in which they are taken.</summary>
    public abstract IEnumerable<ReadPiece> Pieces();

    /// <summary>The pieces of one partition in that order; consecutive ones of a segment are one.</summary>
    public virtual IEnumerable<ReadPiece> RunsOf(int partitionIndex)
    {
        ReadPiece run = default;
        bool isRun = false;
        foreach (ReadPiece piece in Pieces())
        {
            if (piece.PartitionIndex != partitionIndex)
            {
                continue;
            }

            if (isRun && run.Segment == piece.Segment && run.End == piece.Start)
            {
                run = run with { End = piece.End };
                continue;
            }

            if (isRun)
            {
                yield return run;
            }

            (run, isRun) = (piece, true);
        }

        if (isRun)
        {
            yield return run;
        }
    }
}
