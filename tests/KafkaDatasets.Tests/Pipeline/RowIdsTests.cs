using CsCheck;
using KafkaDatasets.Pipeline;
using Xunit;

namespace KafkaDatasets.Tests.Pipeline;

public sealed class RowIdsTests
{
    [Fact]
    public void Ids_number_all_offsets_of_the_range_partition_by_partition() =>
        Gen.Select(Gen.Int[0, 100], Gen.Long[0, 1L << 50], Gen.Long[0, 20]).Array[0, 8].Sample(parts =>
        {
            var snapshot = new DatasetSnapshot("t", null, parts.DistinctBy(p => p.Item1).Select(p => new PartitionRange(p.Item1, p.Item2, p.Item2 + p.Item3)));
            var ids = new RowIds(snapshot);
            (int Partition, long Offset)[] all =
                [.. snapshot.Partitions.SelectMany(p => Enumerable.Range(0, (int)p.Length).Select(i => (p.Partition, p.Start + i)))];
            Assert.Equal(Enumerable.Range(0, all.Length).Select(i => (long)i), all.Select(r => ids.Of(r.Partition, r.Offset)));
            Array.Reverse(all);
            Assert.Equal(Enumerable.Range(0, all.Length).Select(i => (long)i).Reverse(), all.Select(r => ids.Of(r.Partition, r.Offset)));
        });
}
