using SusyDemo.Data.Generation;
using Xunit;

namespace KafkaDatasets.Tests.SusyDemo.Data.Generation;

public sealed class StransverseMassTests
{
    [Fact]
    public void Is_the_known_formula_when_nothing_else_recoils()
    {
        // Two particles, and missing momentum that balances them: MT2² = 2 (|p1| |p2| + p1·p2).
        var random = new Random(1);
        for (int i = 0; i < 1000; i++)
        {
            FourVector first = Lepton(random);
            FourVector second = Lepton(random);

            double expected = Math.Sqrt(2 * ((first.Pt * second.Pt) + (first.X * second.X) + (first.Y * second.Y)));

            Assert.Equal(expected, StransverseMass.Massless(first, second, -first.X - second.X, -first.Y - second.Y), 1e-5 * (1 + expected));
        }
    }

    [Fact]
    public void Is_the_least_mass_over_all_ways_to_share_the_missing_momentum()
    {
        var random = new Random(2);
        for (int i = 0; i < 60; i++)
        {
            FourVector first = Lepton(random);
            FourVector second = Lepton(random);
            double missingX = (random.NextDouble() - 0.5) * 300;
            double missingY = (random.NextDouble() - 0.5) * 300;

            double expected = BySearch(first, second, missingX, missingY);

            Assert.Equal(expected, StransverseMass.Massless(first, second, missingX, missingY), 0.01 + (0.0005 * expected));
        }
    }

    [Fact]
    public void Is_zero_when_the_missing_momentum_lies_between_the_particles()
    {
        FourVector first = FourVector.Massless(50, 0, 0.2);
        FourVector second = FourVector.Massless(30, 1, 1.4);

        Assert.Equal(0, StransverseMass.Massless(first, second, 20 * Math.Cos(0.9), 20 * Math.Sin(0.9)));
        Assert.Equal(0, StransverseMass.Massless(first, second, 0, 0));
    }

    private static FourVector Lepton(Random random) =>
        FourVector.Massless(20 + (100 * random.NextDouble()), (random.NextDouble() - 0.5) * 4, (random.NextDouble() - 0.5) * 6.28);

    /// <summary>The definition. The larger of the masses is convex in the share, so that two nested ternary searches find the least.</summary>
    private static double BySearch(FourVector first, FourVector second, double missingX, double missingY)
    {
        return Math.Sqrt(Least(x => Least(y => Math.Max(Square(first, x, y), Square(second, missingX - x, missingY - y)))));

        static double Square(FourVector visible, double x, double y) =>
            Math.Max(0, 2 * ((visible.Pt * Math.Sqrt((x * x) + (y * y))) - (visible.X * x) - (visible.Y * y)));
    }

    private static double Least(Func<double, double> function)
    {
        double low = -2000;
        double high = 2000;
        while (high - low > 1e-4)
        {
            double third = (high - low) / 3;
            if (function(low + third) < function(high - third))
            {
                high -= third;
            }
            else
            {
                low += third;
            }
        }

        return function((low + high) / 2);
    }
}
