namespace KafkaDatasets.Monitoring.Statistics;

/// <summary>Pearson's χ² test of whether two samples have the same shares of categories, without a continuity correction.</summary>
internal static class ChiSquared
{
    /// <summary>Compares the counts of the same categories in two samples; categories that neither has are left out.</summary>
    /// <returns>The statistic, the degrees of freedom, and the probability of a statistic at least as large if the shares are the same.</returns>
    public static (double Statistic, int Freedom, double PValue) Test(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        double firstTotal = Sum(first);
        double secondTotal = Sum(second);
        double total = firstTotal + secondTotal;
        double statistic = 0;
        int categories = 0;
        for (int i = 0; i < first.Length; i++)
        {
            double both = first[i] + second[i];
            if (both == 0)
            {
                continue;
            }

            categories++;
            statistic += Term(first[i], both * firstTotal / total) + Term(second[i], both * secondTotal / total);
        }

        int freedom = Math.Max(0, categories - 1);
        return firstTotal == 0 || secondTotal == 0 || freedom == 0 ? (0, freedom, 1) : (statistic, freedom, UpperTail(statistic, freedom));

        static double Term(double observed, double expected) => (observed - expected) * (observed - expected) / expected;
    }

    /// <summary>The upper tail of the χ² distribution, which is the regularized incomplete gamma function Q(freedom/2, x/2).</summary>
    public static double UpperTail(double x, double freedom)
    {
        double a = freedom / 2;
        double z = x / 2;
        if (z <= 0)
        {
            return 1;
        }

        double front = Math.Exp((a * Math.Log(z)) - z - LogGamma(a));
        if (z < a + 1)
        {
            double term = 1 / a;
            double sum = term;
            for (int n = 1; n < 10_000 && term > sum * 1e-17; n++)
            {
                term *= z / (a + n);
                sum += term;
            }

            return Math.Clamp(1 - (front * sum), 0, 1);
        }

        // Lentz's method for the continued fraction, which converges where the series does not.
        const double Tiny = 1e-300;
        double b = z + 1 - a;
        double c = 1 / Tiny;
        double d = 1 / b;
        double fraction = d;
        for (int i = 1; i < 10_000; i++)
        {
            double factor = -i * (i - a);
            b += 2;
            d = (factor * d) + b;
            d = Math.Abs(d) < Tiny ? Tiny : d;
            c = b + (factor / c);
            c = Math.Abs(c) < Tiny ? Tiny : c;
            d = 1 / d;
            double change = d * c;
            fraction *= change;
            if (Math.Abs(change - 1) < 1e-16)
            {
                break;
            }
        }

        return Math.Clamp(front * fraction, 0, 1);
    }

    /// <summary>The logarithm of the gamma function of a positive number, by Stirling's series.</summary>
    private static double LogGamma(double x)
    {
        double shift = 0;
        while (x < 15)
        {
            shift -= Math.Log(x);
            x++;
        }

        double inverse = 1 / (x * x);
        double series = ((((((-691.0 / 360360 * inverse) + (1.0 / 1188)) * inverse - (1.0 / 1680)) * inverse + (1.0 / 1260)) * inverse - (1.0 / 360)) * inverse + (1.0 / 12)) / x;
        return shift + ((x - 0.5) * Math.Log(x)) - x + (0.5 * Math.Log(2 * Math.PI)) + series;
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
