using KafkaDatasets.LightGbm.Engine;
using Xunit;

namespace KafkaDatasets.Tests.LightGbm;

public sealed unsafe class BinSampleTests
{
    [Fact]
    public void Zeros_are_left_out_and_other_values_stand_with_their_rows()
    {
        using var sample = new BinSample(["a", "b"], 4, seed: 1);
        sample.Add([1, 0]);
        sample.Add([0, float.NaN]);
        sample.Add([-3, 0]);
        sample.Complete();
        Assert.Equal((3, 3L), (sample.Rows, sample.Added));
        Assert.Equal([1.0, -3], new ReadOnlySpan<double>(sample.Values[0], sample.Counts[0]).ToArray());
        Assert.Equal([0, 2], new ReadOnlySpan<int>(sample.Indices[0], sample.Counts[0]).ToArray());
        Assert.Equal([double.NaN], new ReadOnlySpan<double>(sample.Values[1], sample.Counts[1]).ToArray());
        Assert.Equal([1], new ReadOnlySpan<int>(sample.Indices[1], sample.Counts[1]).ToArray());
    }

    /// <summary>Of 10,000 rows, each tenth of the rows gives about a tenth of the sample, and a row's values stay together.</summary>
    [Fact]
    public void Rows_come_from_everywhere()
    {
        using var sample = new BinSample(["row", "double"], 1000, seed: 1);
        for (int i = 1; i <= 10_000; i++)
        {
            sample.Add([i, 2 * i]);
        }

        sample.Complete();
        double[] rows = new ReadOnlySpan<double>(sample.Values[0], sample.Counts[0]).ToArray();
        Assert.Equal(1000, rows.Distinct().Count());
        Assert.All(rows.GroupBy(r => (int)((r - 1) / 1000)), tenth => Assert.InRange(tenth.Count(), 60, 140));
        Assert.Equal(rows.Select(r => 2 * r), new ReadOnlySpan<double>(sample.Values[1], sample.Counts[1]).ToArray());
    }
}
