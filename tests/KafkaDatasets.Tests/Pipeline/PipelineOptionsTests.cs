using CsCheck;
using KafkaDatasets.Pipeline;
using Xunit;

namespace KafkaDatasets.Tests.Pipeline;

public sealed class PipelineOptionsTests
{
    [Fact]
    public void Records_and_rows_stay_within_the_bound() =>
        Gen.Select(Gen.OneOf(Gen.Long[1 << 20, 1 << 30], Gen.Const(long.MaxValue)), Gen.Int[20, 20_000], Gen.Bool, Gen.OneOf(Gen.Int[1, 5000], Gen.Const(int.MaxValue)), Gen.Int[1, 64]).Sample(
            (prefetch, bytesPerRow, isFixedWidth, wanted, workers) =>
            {
                PipelineOptions division = PipelineOptions.For(prefetch, bytesPerRow, isFixedWidth, wanted, workers);
                Assert.InRange(division.BlockRows, 1, wanted);
                Assert.InRange(division.Blocks, 2, 32);
                Assert.InRange(division.SourceBytes, 1, prefetch);
                Assert.InRange(division.BlockBytes, 1, prefetch);
                Assert.Equal(workers, division.Workers);
                decimal rows = (decimal)division.Blocks * division.BlockRows * bytesPerRow;
                Assert.True(rows + division.SourceBytes <= prefetch, $"{division} of {prefetch}");
                decimal records = (decimal)division.Blocks * division.BlockBytes;
                Assert.True((isFixedWidth ? records <= division.SourceBytes : records + division.SourceBytes <= prefetch) || division.BlockBytes == 64 << 10, $"{division} of {prefetch}");
            },
            iter: 1000);
}
