namespace KafkaDatasets.Ranges;

/// <summary>The order in which a pass reads the offsets of a snapshot, from a place in the order to its end: canonical or shuffled, from the start or resumed.</summary>
/// <remarks>
/// The source fetches by it and the pipeline takes records by it, so that both always agree.
/// An order has segments, which are fetched from first to last, several at the same time, and pieces of segments, which are taken in turn.
/// A place is a number in [0, <see cref="Length"/>]; it depends only on the snapshot and the shuffle, so that a pass can resume at any place.
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

    /// <summary>Whether a record batch is best decoded as a whole, although many of its records are only needed later: when so many segments are read in parallel that their decompressed batches would fill the memory.</summary>
    public virtual bool TakesWholeBatches => false;

    /// <summary>The first segment that the pass reads.</summary>
    public abstract long FirstSegment { get; }

    public abstract long SegmentCount { get; }

    /// <summary>The approximate number of offsets of the range before <see cref="Start"/>.</summary>
    public abstract long OffsetsBefore { get; }

    /// <summary>Creates an order of the snapshot's offsets.</summary>
    /// <param name="snapshot">The snapshot to read.</param>
    /// <param name="shuffle">The shuffle; null for canonical order.</param>
    /// <param name="start">The place at which the pass begins.</param>
    public static ReadOrder Of(DatasetSnapshot snapshot, Shuffle? shuffle = null, long start = 0) =>
        shuffle is null ? new CanonicalOrder(snapshot, start) : new ShuffledOrder(snapshot, shuffle, start);

    /// <summary>The part of a segment that this pass reads.</summary>
    public abstract ReadSegment Segment(long index);

    /// <summary>When an offset of a segment is needed: lower turns are needed earlier.</summary>
    public abstract long TurnOf(long segment, long offset);

    /// <summary>The segments before this one are worth fetching while the given offset is read.</summary>
    public abstract long OpenUntil(long segment, long offset);

    /// <summary>The pieces in the order in which they are taken.</summary>
    public abstract IEnumerable<ReadPiece> Pieces();

    /// <summary>The pieces of one partition in that order; consecutive pieces of a segment are merged.</summary>
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
