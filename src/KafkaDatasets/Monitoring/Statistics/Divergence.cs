namespace KafkaDatasets.Monitoring.Statistics;

/// <summary>Distances of two samples by their counts in the same bins or categories.</summary>
internal static class Divergence
{
    /// <summary>The smallest share that <see cref="PopulationStability"/> counts with: the index has no value for an empty bin.</summary>
    public const double Floor = 1e-4;

    /// <summary>The Jensen–Shannon distance with the logarithm to base 2: 0 for the same shares, 1 for samples that have no bin in common.</summary>
    public static double JensenShannon(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        double firstTotal = Sum(first);
        double secondTotal = Sum(second);
        double sum = 0;
        for (int i = 0; i < first.Length; i++)
        {
            double p = firstTotal == 0 ? 0 : first[i] / firstTotal;
            double q = secondTotal == 0 ? 0 : second[i] / secondTotal;
            double middle = (p + q) / 2;
            sum += (p > 0 ? p * Math.Log2(p / middle) : 0) + (q > 0 ? q * Math.Log2(q / middle) : 0);
        }

        return firstTotal == 0 || secondTotal == 0 ? double.NaN : Math.Sqrt(Math.Clamp(sum / 2, 0, 1));
    }

    /// <summary>The population stability index: Σ (q − p)·ln(q/p) over the shares, each at least <see cref="Floor"/>.</summary>
    public static double PopulationStability(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        double firstTotal = Sum(first);
        double secondTotal = Sum(second);
        if (firstTotal == 0 || secondTotal == 0)
        {
            return double.NaN;
        }

        double sum = 0;
        for (int i = 0; i < first.Length; i++)
        {
            if (first[i] == 0 && second[i] == 0)
            {
                continue;
            }

            double p = Math.Max(Floor, first[i] / firstTotal);
            double q = Math.Max(Floor, second[i] / secondTotal);
            sum += (q - p) * Math.Log(q / p);
        }

        return sum;
    }

    private static double Sum(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
        {
            sum += value;
        }

        return sum;
    }
}
