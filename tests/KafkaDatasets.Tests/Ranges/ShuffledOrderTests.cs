using CsCheck;
using KafkaDatasets.Ranges;
using Xunit;

namespace KafkaDatasets.Tests.Ranges;

public sealed class ShuffledOrderTests
{
    private static readonly Gen<DatasetSnapshot> Snapshots =
        from count in Gen.OneOf(Gen.Const(0), Gen.Const(1), Gen.Const(6), Gen.Const(40))
        from ranges in Gen.Select(Gen.Long[0, 1L << 50], Gen.Frequency((2, Gen.Const(0L)), (3, Gen.Long[1, 3000]), (2, Gen.Long[1, 40_000]))).Array[count]
        select new DatasetSnapshot("t", null, ranges.Select((r, p) => new PartitionRange(p * 3, r.Item1, r.Item1 + r.Item2)));

    [Fact]
    public void Every_offset_comes_once() => Gen.Select(Snapshots, Gen.Long, Gen.Long).Sample(
        (snapshot, seed, epoch) =>
        {
            var seen = new HashSet<(int, long)>(Offsets(snapshot, Shuffle.Seeded(seed, epoch), 0));
            Assert.Equal(snapshot.Length, seen.Count);
            Assert.All(seen, o => Assert.True(snapshot.Partitions.Single(p => p.Partition == o.Item1) is var p && o.Item2 >= p.Start && o.Item2 < p.End));
            Assert.Equal(seen.Count, Offsets(snapshot, Shuffle.Seeded(seed, epoch), 0).Count);
        },
        iter: 25);

    [Fact]
    public void From_any_place_on_the_rest_follows() => Gen.Select(Snapshots, Gen.Int, Gen.Double.Unit).Sample(
        (snapshot, seed, fraction) =>
        {
            Shuffle shuffle = Shuffle.Seeded(seed);
            var places = new List<long>();
            List<(int, long)> all = Offsets(snapshot, shuffle, 0, places);
            if (all.Count > 0)
            {
                int row = (int)(fraction * all.Count);
                Assert.Equal(all.Skip(row + 1), Offsets(snapshot, shuffle, places[row] + 1));
            }

            Assert.Empty(Offsets(snapshot, shuffle, ReadOrder.Of(snapshot, shuffle).Length));
        },
        iter: 25);

    [Fact]
    public void Seeds_and_epochs_give_other_orders()
    {
        var snapshot = new DatasetSnapshot("t", null, [new(0, 0, 5000), new(1, 0, 700)]);
        (int, long)[][] orders = [.. ((long, long)[])[(1, 0), (1, 1), (2, 0), (0, 1)] is var keys ? keys.Select(k => Offsets(snapshot, Shuffle.Seeded(k.Item1, k.Item2), 0).ToArray()) : []];
        for (int i = 0; i < orders.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                Assert.NotEqual(orders[i], orders[j]);
            }
        }
    }

    /// <summary>The order is a promise: states that were saved are resumed by later versions.</summary>
    [Fact]
    public void The_order_never_changes()
    {
        var snapshot = new DatasetSnapshot("t", null, [new(0, 0, 5000), new(1, 100, 1300)]);
        (string small, string large) = (string.Join(' ', Offsets(snapshot, Shuffle.Seeded(42, 3), 0).Take(3)), string.Join(' ', Offsets(new DatasetSnapshot("t", null, [new(0, 0, 300_000), new(1, 7, 200_007)]), Shuffle.Seeded(-1), 0).Skip(123_456).Take(3)));
        Assert.Equal(65_536, ((ShuffledOrder)ReadOrder.Of(new DatasetSnapshot("t", null, [new(0, 0, 65_536)]), Shuffle.Seeded(1))).WindowSlots); // short snapshots are one window
        Assert.Equal("(0, 1045) (0, 3797) (0, 4616)", small);
        Assert.Equal("(0, 224198) (1, 197721) (0, 151229)", large);
    }

    [Fact]
    public void Fetching_stays_sequential()
    {
        var snapshot = new DatasetSnapshot("t", null, Enumerable.Range(0, 4).Select(p => new PartitionRange(p, 0, 5_000_000)));
        var order = (ShuffledOrder)ReadOrder.Of(snapshot, Shuffle.Seeded(1));
        Assert.Equal(1 << 17, order.BlockLength);
        long horizon = 0;
        foreach (ReadPiece piece in order.Pieces())
        {
            Assert.True(piece.Segment < order.SegmentCount);
            horizon = Math.Max(horizon, order.OpenUntil(piece.Segment, piece.Start));
            Assert.True(piece.Segment < horizon, "a piece of a segment that is not open");
            Assert.InRange(horizon - piece.Segment, 1, order.Lanes + 8);
            Assert.Equal(piece.Window, order.TurnOf(piece.Segment, piece.Start));
        }
    }

    [Fact]
    public void Windows_of_large_rows_have_fewer_of_them()
    {
        var large = new DatasetSnapshot("t", null, [new(0, 0, 1_000_000)]);
        Assert.Equal(64, ShuffledOrder.StripWithin(32 << 20, 100, large));
        Assert.Equal(32, ShuffledOrder.StripWithin(32 << 20, 4000, large));
        Assert.Equal(8, ShuffledOrder.StripWithin(1 << 20, 1_000_000, large));
        var snapshot = new DatasetSnapshot("t", null, [new(0, 5, 7000), new(1, 0, 333)]);
        var order = new ShuffledOrder(snapshot, Shuffle.Seeded(1), strip: 8);
        Assert.Equal(snapshot.Length, order.Pieces().Sum(p => p.End - p.Start));
        Assert.InRange(order.WindowSlots, 1, 128 * 8);
    }

    /// <summary>What the distances between neighbours tell of the quality of the order: enough blocks are read at the same time, and not always the same ones.</summary>
    [Theory]
    [InlineData(3_000_000)]
    [InlineData(20_000_000)]
    public void Neighbours_are_almost_as_far_apart_as_in_a_full_permutation(long rows)
    {
        var snapshot = new DatasetSnapshot("t", null, Enumerable.Range(0, 6).Select(p => new PartitionRange(p, 0, rows / 6)));
        var order = (ShuffledOrder)ReadOrder.Of(snapshot, Shuffle.Seeded(3));
        Assert.InRange(order.Lanes, 64, 127);
        long windows = order.Length / order.WindowSlots;
        var random = new Random(1);
        long[] bins = new long[1024];
        long pairs = 0;
        for (int sample = 0; sample < 150; sample++)
        {
            var window = (ShuffledOrder)ReadOrder.Of(snapshot, Shuffle.Seeded(3), random.NextInt64(windows) * order.WindowSlots);
            long[] places = [.. FirstWindow(window).Select(piece => (piece.PartitionIndex * (rows / 6)) + piece.Start)];
            for (int i = 0; i < 4000; i++)
            {
                long distance = places[random.Next(places.Length)] + random.Next(order.StripLength) - places[random.Next(places.Length)] - random.Next(order.StripLength);
                bins[Math.Clamp((distance + rows) * bins.Length / (2 * rows), 0, bins.Length - 1)]++;
                pairs++;
            }
        }

        const double full = 9.7213; // log2 of the bins, less what a triangular distribution has less than a uniform one
        Assert.InRange(bins.Where(b => b > 0).Sum(b => -((double)b / pairs) * Math.Log2((double)b / pairs)) / full, 0.99, 1);

        static IEnumerable<ReadPiece> FirstWindow(ShuffledOrder order)
        {
            foreach (ReadPiece piece in order.Pieces())
            {
                if (piece.Window != order.Start / order.WindowSlots)
                {
                    yield break;
                }

                yield return piece;
            }
        }
    }

    [Fact]
    public void A_permutation_is_one() => Gen.Select(Gen.ULong, Gen.Int[0, 3000]).Sample((key, size) =>
    {
        var permutation = new KeyedPermutation(key, size);
        Assert.Equal(Enumerable.Range(0, size).Select(i => (long)i), Enumerable.Range(0, size).Select(i => permutation.At(i)).Order());
    });

    /// <summary>The offsets in the order in which their rows are read.</summary>
    private static List<(int Partition, long Offset)> Offsets(DatasetSnapshot snapshot, Shuffle shuffle, long start, List<long>? places = null)
    {
        var order = (ShuffledOrder)ReadOrder.Of(snapshot, shuffle, start);
        var offsets = new List<(int, long)>();
        var window = new Dictionary<(long Window, int Slot), (int, long)>();
        foreach (ReadPiece piece in order.Pieces())
        {
            ReadSegment segment = order.Segment(piece.Segment);
            Assert.InRange(piece.Start, segment.Start, segment.End - 1);
            Assert.InRange(piece.End, piece.Start + 1, segment.End);
            for (long offset = piece.Start; offset < piece.End; offset++)
            {
                // each lane has one strip of each window
                window.Add((piece.Window + ((offset - piece.Start) / order.StripLength), (int)((piece.Segment % order.Lanes * order.StripLength) + ((offset - piece.Start) % order.StripLength))), (snapshot.Partitions[piece.PartitionIndex].Partition, offset));
            }
        }

        for (long at = start / Math.Max(1, order.WindowSlots); at < order.Windows; at++)
        {
            int[] slots = order.SlotsOf(at);
            Assert.Equal(Enumerable.Range(0, slots.Length), slots.Order());
            for (int turn = 0; turn < slots.Length; turn++)
            {
                long place = (at * order.WindowSlots) + turn;
                if (place >= start && window.Remove((at, slots[turn]), out (int, long) offset))
                {
                    offsets.Add(offset);
                    places?.Add(place);
                }
            }
        }

        return offsets;
    }
}
