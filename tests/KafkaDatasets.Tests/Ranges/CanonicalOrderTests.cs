using CsCheck;
using KafkaDatasets.Ranges;
using Xunit;

namespace KafkaDatasets.Tests.Ranges;

public sealed class CanonicalOrderTests
{
    private static readonly Gen<long> SkewedLengths = Gen.Frequency((3, Gen.Long[0, 3]), (3, Gen.Long[0, 60]), (1, Gen.Long[0, 2000]));

    private static readonly Gen<DatasetSnapshot> Snapshots =
        from count in Gen.OneOf(Gen.Const(1), Gen.Const(2), Gen.Const(6), Gen.Const(64))
        from ranges in Gen.Select(Gen.Long[0, 1L << 50], SkewedLengths).Array[count]
        from stripe in Gen.OneOf(Gen.Int[1, 5], Gen.Int[6, 100], Gen.Const(int.MaxValue))
        select new DatasetSnapshot("t", null, ranges.Select((r, p) => new PartitionRange(p * 3, r.Item1, r.Item1 + r.Item2)), stripe);

    [Fact]
    public void It_sorts_offsets_by_stripe_then_partition_then_offset() => Snapshots.Sample(
        snapshot =>
        {
            var expected = snapshot.Partitions
                .SelectMany(p => Range(p.Start, p.End).Select(offset => (p.Partition, Offset: offset, Stripe: (offset - p.Start) / snapshot.StripeLength)))
                .OrderBy(o => o.Stripe).ThenBy(o => o.Partition).ThenBy(o => o.Offset)
                .Select(o => (o.Partition, o.Offset));
            Assert.Equal(expected, Offsets(snapshot));
        },
        iter: 60);

    [Fact]
    public void From_any_place_on_the_rest_follows() => Gen.Select(Snapshots, Gen.Double.Unit).Sample(
        (snapshot, fraction) =>
        {
            List<(int, long)> all = Offsets(snapshot);
            int place = (int)(fraction * all.Count);
            Assert.Equal(all.Skip(place), Offsets(snapshot, place));
            if (place > 0)
            {
                Assert.Equal(place, new CanonicalOrder(snapshot).PlaceAfter(all[place - 1].Item1, all[place - 1].Item2));
            }
        },
        iter: 60);

    [Fact]
    public void The_place_after_the_last_offset_is_the_end()
    {
        var snapshot = new DatasetSnapshot("t", null, [new(0, 0, 5), new(1, 10, 10), new(2, 7, 9)], 2);
        Assert.Equal(7, ReadOrder.Of(snapshot).Length);
        Assert.Empty(ReadOrder.Of(snapshot, null, 7).Pieces());
    }

    [Fact]
    public void Finished_partitions_drop_out()
    {
        var snapshot = new DatasetSnapshot("t", null, [new(0, 0, 5), new(1, 10, 10), new(2, 7, 9), new(3, 0, 3)], 2);
        Assert.Equal(
            [(0, 0), (0, 1), (2, 7), (2, 8), (3, 0), (3, 1), (0, 2), (0, 3), (3, 2), (0, 4)],
            Offsets(snapshot));
    }

    [Fact]
    public void Offsets_near_the_top_do_not_overflow()
    {
        var snapshot = new DatasetSnapshot("t", null, [new(0, long.MaxValue - 3, long.MaxValue), new(1, 0, 1)], int.MaxValue);
        Assert.Equal([(0, long.MaxValue - 3), (0, long.MaxValue - 2), (0, long.MaxValue - 1), (1, 0)], Offsets(snapshot));
    }

    [Fact]
    public void No_partitions_no_stripes() => Assert.Empty(Offsets(new DatasetSnapshot("t", null, [])));

    private static List<(int Partition, long Offset)> Offsets(DatasetSnapshot snapshot, long start = 0)
    {
        var offsets = new List<(int, long)>();
        var order = new CanonicalOrder(snapshot, start);
        long[] positions = [.. snapshot.Partitions.Select((_, i) => order.Segment(i).Start)];
        foreach (ReadPiece piece in order.Pieces())
        {
            PartitionRange partition = snapshot.Partitions[piece.PartitionIndex];
            Assert.True(piece.End > piece.Start, "an empty stripe");
            Assert.Equal(positions[piece.PartitionIndex], piece.Start);
            offsets.AddRange(Range(piece.Start, piece.End).Select(o => (partition.Partition, o)));
            positions[piece.PartitionIndex] = piece.End;
        }

        Assert.Equal(snapshot.Partitions.Select(p => p.End), positions);
        return offsets;
    }

    private static IEnumerable<long> Range(long start, long end)
    {
        for (long offset = start; offset < end; offset++)
        {
            yield return offset;
        }
    }
}
