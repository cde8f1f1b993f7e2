using KafkaDatasets.Ranges;

namespace KafkaDatasets.Fetching.Cache;

/// <summary>The part of an order that is not in the cache; each run is a segment.</summary>
internal sealed class MissingOrder : ReadOrder
{
    /// <summary>How many runs after the current one are fetched ahead.</summary>
    private const int Ahead = 32;

    private readonly ReadOrder _order;
    private readonly IReadOnlyList<MissingRun> _runs;

    /// <param name="order">The order that the pass follows.</param>
    /// <param name="runs">What is missing, in that order.</param>
    public MissingOrder(ReadOrder order, IReadOnlyList<MissingRun> runs)
        : base(order.Snapshot, order.Start)
    {
        _order = order;
        _runs = runs;
    }

    public override long Length => _order.Length;

    public override bool TakesWholeBatches => _order.TakesWholeBatches;

    public override long FirstSegment => 0;

    public override long SegmentCount => _runs.Count;

    public override long OffsetsBefore => _order.OffsetsBefore;

    public override ReadSegment Segment(long index)
    {
        MissingRun run = _runs[(int)index];
        return new ReadSegment(run.PartitionIndex, run.Start, run.End);
    }

    public override long TurnOf(long segment, long offset) => _order.TurnOf(_runs[(int)segment].Segment, offset);

    public override long OpenUntil(long segment, long offset)
    {
        long last = _order.OpenUntil(_runs[(int)segment].Segment, offset);
        int until = (int)segment + 1;
        while (until < _runs.Count && until <= segment + Ahead && _runs[until].Segment < last)
        {
            until++;
        }

        return until;
    }

    public override IEnumerable<ReadPiece> Pieces() => _runs.Select(static (run, i) => new ReadPiece(i, run.PartitionIndex, run.Start, run.End));
}
