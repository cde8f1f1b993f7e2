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
        Assert.Equal(1, ((ShuffledOrder)ReadOrder.Of(new DatasetSnapshot("t", null, [new(0, 0, 65_536)]), Shuffle.Seeded(1))).Windows); // short snapshots are one window
        Assert.Equal("(1, 605) (0, 2069) (1, 773)", small);
        Assert.Equal("(1, 192538) (1, 151331) (1, 36625)", large);
    }

    [Theory]
    [InlineData(5_000_000)]
    [InlineData(100_000_000)]
    public void Fetching_stays_sequential(long partition)
    {
        var snapshot = new DatasetSnapshot("t", null, Enumerable.Range(0, 4).Select(p => new PartitionRange(p, 0, partition)));
        var order = (ShuffledOrder)ReadOrder.Of(snapshot, Shuffle.Seeded(1));
        Assert.InRange(order.SegmentCount, 96, 4 * partition / 200_000); // so a record batch that is fetched twice is rare
        Assert.InRange(order.OpenUntil(0, order.Segment(0).Start), order.Lanes, order.Lanes + 8);
        AssertFetchedInTurn(order);
        AssertFetchedInTurn(order.From(snapshot.Length / 2, order.WindowsAtOnce));
    }

    private static void AssertFetchedInTurn(ShuffledOrder order)
    {
        long horizon = 0;
        long turn = 0;
        foreach (ReadPiece piece in order.Pieces().Take(100_000))
        {
            Assert.True(piece.Segment < order.SegmentCount);
            horizon = Math.Max(horizon, order.OpenUntil(piece.Segment, piece.Start));
            Assert.True(piece.Segment < horizon, "a piece of a segment that is not open");
            long next = order.TurnOf(piece.Segment, piece.Start);
            Assert.Equal(piece.Window, next / order.Lanes);
            Assert.InRange(next, turn, long.MaxValue); // else the pass would wait for what is fetched last
            turn = next;
        }
    }

    [Fact]
    public void Windows_of_large_rows_have_fewer_of_them()
    {
        var large = new DatasetSnapshot("t", null, [new(0, 0, 1_000_000)]);
        Assert.Equal(64, ShuffledOrder.StripWithin(32 << 20, 100, large));
        Assert.Equal(32, ShuffledOrder.StripWithin(32 << 20, 8000, large));
        Assert.Equal(8, ShuffledOrder.StripWithin(1 << 20, 1_000_000, large));
        var snapshot = new DatasetSnapshot("t", null, [new(0, 5, 7000), new(1, 0, 333)]);
        var order = new ShuffledOrder(snapshot, Shuffle.Seeded(1), strip: 8);
        Assert.Equal(snapshot.Length, order.Pieces().Sum(p => p.End - p.Start));
        Assert.InRange(order.PlaceOf(1), 1, 64 * 8);
    }

    [Fact]
    public void Places_and_windows_agree() => Gen.Select(Snapshots, Gen.Int, Gen.Int[8, 100], Gen.Double.Unit).Sample(
        (snapshot, seed, strip, fraction) =>
        {
            var order = new ShuffledOrder(snapshot, Shuffle.Seeded(seed), strip: strip);
            Assert.Equal(0, order.PlaceOf(0));
            Assert.Equal(snapshot.Length, order.PlaceOf(order.Windows));
            Assert.Equal(order.Windows, order.WindowAt(snapshot.Length));
            if (snapshot.Length > 0)
            {
                long place = (long)(fraction * snapshot.Length);
                long window = order.WindowAt(place);
                Assert.InRange(place, order.PlaceOf(window), order.PlaceOf(window + 1) - 1);
            }
        },
        iter: 200);

    /// <summary>What the distances between neighbours tell of the quality of the order: enough runs are read at the same time, and not always the same ones.</summary>
    [Theory]
    [InlineData(1_000_000)]
    [InlineData(3_000_000)]
    [InlineData(20_000_000)]
    [InlineData(300_000_000)]
    public void Neighbours_are_almost_as_far_apart_as_in_a_full_permutation(long rows)
    {
        var snapshot = new DatasetSnapshot("t", null, Enumerable.Range(0, 6).Select(p => new PartitionRange(p, 0, rows / 6)));
        var order = (ShuffledOrder)ReadOrder.Of(snapshot, Shuffle.Seeded(3));
        var random = new Random(1);
        long[] bins = new long[1024];
        long pairs = 0;
        for (int sample = 0; sample < 300; sample++)
        {
            long window = random.NextInt64(order.Windows - 1);
            long[] places = [.. ReadOrder.Of(snapshot, Shuffle.Seeded(3), order.PlaceOf(window)) is ShuffledOrder from
                ? from.Pieces().TakeWhile(p => p.Window == window).SelectMany(p => PlacesOf(from, p, window)) : []];
            for (int i = 0; i < 4000; i++)
            {
                bins[(places[random.Next(places.Length)] - places[random.Next(places.Length)] + rows) * bins.Length / (2 * rows)]++;
                pairs++;
            }
        }

        const double full = 9.7213; // log2 of the bins, less what a triangular distribution has less than a uniform one
        Assert.InRange(bins.Where(b => b > 0).Sum(b => -((double)b / pairs) * Math.Log2((double)b / pairs)) / full, 0.99, 1);

        IEnumerable<long> PlacesOf(ShuffledOrder from, ReadPiece piece, long window)
        {
            long end = from.StripStart(from.LaneOf(piece.Segment), window + 1) - from.OriginOf(piece.Segment);
            for (long offset = piece.Start; offset < Math.Min(piece.End, end); offset++)
            {
                yield return (piece.PartitionIndex * (rows / 6)) + offset;
            }
        }
    }

    /// <summary>The offsets in the order in which their rows are read.</summary>
    private static List<(int Partition, long Offset)> Offsets(DatasetSnapshot snapshot, Shuffle shuffle, long start, List<long>? places = null)
    {
        var order = (ShuffledOrder)ReadOrder.Of(snapshot, shuffle, start);
        var offsets = new List<(int, long)>();
        var rows = new Dictionary<(int Lane, long Position), (int, long)>();
        foreach (ReadPiece piece in order.Pieces())
        {
            ReadSegment segment = order.Segment(piece.Segment);
            Assert.InRange(piece.Start, segment.Start, segment.End - 1);
            Assert.InRange(piece.End, piece.Start + 1, segment.End);
            for (long offset = piece.Start; offset < piece.End; offset++)
            {
                rows.Add((order.LaneOf(piece.Segment), order.OriginOf(piece.Segment) + offset), (snapshot.Partitions[piece.PartitionIndex].Partition, offset));
            }
        }

        for (long window = order.WindowAt(start); window < order.Windows; window++)
        {
            (int, long)[] strips = [.. Enumerable.Range(0, order.Lanes).SelectMany(lane => Range(lane, order.StripStart(lane, window), order.StripStart(lane, window + 1))).Select(p => rows[p])];
            int[] slots = new int[strips.Length];
            order.SlotsOf(window, slots);
            Assert.Equal(Enumerable.Range(0, slots.Length), slots.Order());
            for (int turn = 0; turn < slots.Length; turn++)
            {
                long place = order.PlaceOf(window) + turn;
                if (place >= start)
                {
                    offsets.Add(strips[slots[turn]]);
                    places?.Add(place);
                }
            }
        }

        return offsets;

        static IEnumerable<(int Lane, long Position)> Range(int lane, long from, long to)
        {
            for (long position = from; position < to; position++)
            {
                yield return (lane, position);
            }
        }
    }
}
