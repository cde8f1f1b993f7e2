using CsCheck;
using KafkaDatasets.Pipeline;
using Xunit;

namespace KafkaDatasets.Tests.Pipeline;

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
    public void The_last_stripe_of_each_partition_says_so() => Snapshots.Sample(snapshot =>
    {
        var order = new CanonicalOrder(snapshot);
        var seen = new HashSet<int>();
        while (order.MoveNext())
        {
            Assert.DoesNotContain(order.PartitionIndex, seen);
            Assert.Equal(order.End == snapshot.Partitions[order.PartitionIndex].End, order.IsLastOfPartition);
            if (order.IsLastOfPartition)
            {
                seen.Add(order.PartitionIndex);
            }
        }

        Assert.Equal(snapshot.Partitions.Count(p => p.Length > 0), seen.Count);
        Assert.False(order.MoveNext());
    });

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

    private static List<(int Partition, long Offset)> Offsets(DatasetSnapshot snapshot)
    {
        var offsets = new List<(int, long)>();
        long[] positions = [.. snapshot.Partitions.Select(p => p.Start)];
        var order = new CanonicalOrder(snapshot);
        while (order.MoveNext())
        {
            PartitionRange partition = snapshot.Partitions[order.PartitionIndex];
            Assert.True(order.End > positions[order.PartitionIndex], "an empty stripe");
            offsets.AddRange(Range(positions[order.PartitionIndex], order.End).Select(o => (partition.Partition, o)));
            positions[order.PartitionIndex] = order.End;
        }

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
