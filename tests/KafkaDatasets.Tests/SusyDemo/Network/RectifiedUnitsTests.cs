using SusyDemo.Network;
using Xunit;

namespace KafkaDatasets.Tests.SusyDemo.Network;

public sealed class RectifiedUnitsTests
{
    private const int Units = 1000; // not a multiple of a vector's

    [Fact]
    public void Vectors_leave_out_the_same_units_as_one_by_one()
    {
        // In double precision there are no vectors.
        float[] byVectors = [.. Enumerable.Range(0, Units).Select(u => u % 7 - 2f)];
        double[] oneByOne = [.. byVectors.Select(u => (double)u)];

        RectifiedUnits.Apply<float>(byVectors, 0.25, 0x0123456789ABCDEF);
        RectifiedUnits.Apply<double>(oneByOne, 0.25, 0x0123456789ABCDEF);

        Assert.Equal(oneByOne.Select(u => (float)u), byVectors, (a, b) => Math.Abs(a - b) < 1e-5f);
        Assert.Contains(0f, byVectors.Where((_, u) => u % 7 > 2));
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL)]
    [InlineData(1UL << 32)]
    [InlineData(ulong.MaxValue)]
    public void Units_are_left_out_at_random_and_otherwise_for_another_key(ulong key)
    {
        bool[] left = Left(key);
        bool[] other = Left(key + 1);

        Assert.InRange(left.Count(l => l), 300 - 60, 300 + 60); // 4 standard deviations
        Assert.InRange(left.Zip(other).Count(p => p.First && p.Second), 90 - 36, 90 + 36);
        Assert.InRange(left.Zip(left.Skip(1)).Count(p => p.First && p.Second), 90 - 36, 90 + 36);
    }

    [Fact]
    public void What_is_not_a_number_is_not_rectified()
    {
        float[] units = [.. Enumerable.Repeat(float.NaN, Units)];

        RectifiedUnits.Apply<float>(units, 0.5, 1);

        Assert.InRange(units.Count(float.IsNaN), 400, 600);
    }

    private static bool[] Left(ulong key)
    {
        float[] units = new float[Units];
        Array.Fill(units, 1);
        RectifiedUnits.Apply<float>(units, 0.3, key);
        return [.. units.Select(u => u == 0)];
    }
}
