namespace KafkaDatasets.Monitoring.Statistics;

/// <summary>The two-sample Kolmogorov–Smirnov test, two-sided.</summary>
internal static class KolmogorovSmirnov
{
    /// <summary>The test statistic: the maximum distance between the two empirical distribution functions.</summary>
    /// <param name="first">A sample in ascending order.</param>
    /// <param name="second">The other sample, in ascending order.</param>
    public static double Statistic(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        double greatest = 0;
        int i = 0;
        int j = 0;
        while (i < first.Length && j < second.Length)
        {
            double value = Math.Min(first[i], second[j]);
            while (i < first.Length && first[i] <= value)
            {
                i++;
            }

            while (j < second.Length && second[j] <= value)
            {
                j++;
            }

            greatest = Math.Max(greatest, Math.Abs(((double)i / first.Length) - ((double)j / second.Length)));
        }

        return greatest;
    }

    /// <summary>
    /// The exact p-value: the probability of a statistic at least this large if both samples are from the same continuous distribution,
    /// which is the fraction of lattice paths from (0, 0) to (m, n) that leave the band |i/m − j/n| &lt; d (Hodges 1958).
    /// </summary>
    /// <param name="statistic">The statistic.</param>
    /// <param name="first">The size of the first sample, at most a few thousand: the time taken is proportional to the product of the sizes.</param>
    /// <param name="second">The size of the other.</param>
    public static double ExactPValue(double statistic, int first, int second)
    {
        // In units of 1/(m·n), where the statistic is a whole number; the half takes care of its rounding.
        double band = (statistic * first * second) - 0.5;
        double[] outside = new double[second + 1]; // of the paths to (i, j), the share that has left the band
        for (int j = 1; j <= second; j++)
        {
            outside[j] = IsOutside(0, j) ? 1 : outside[j - 1];
        }

        for (int i = 1; i <= first; i++)
        {
            outside[0] = IsOutside(i, 0) ? 1 : outside[0];
            for (int j = 1; j <= second; j++)
            {
                // Of all paths to (i, j), i/(i+j) come from (i−1, j).
                outside[j] = IsOutside(i, j) ? 1 : ((outside[j] * i) + (outside[j - 1] * j)) / (i + j);
            }
        }

        return Math.Clamp(outside[second], 0, 1);

        bool IsOutside(int i, int j) => Math.Abs(((long)i * second) - ((long)j * first)) > band;
    }

    /// <summary>The asymptotic p-value for large samples, by Kolmogorov's limiting distribution.</summary>
    /// <param name="statistic">The statistic.</param>
    /// <param name="first">The size of the one sample.</param>
    /// <param name="second">The size of the other.</param>
    public static double AsymptoticPValue(double statistic, double first, double second)
    {
        double z = Math.Sqrt(first * second / (first + second)) * statistic;
        return KolmogorovTail(z);
    }

    /// <summary>The upper tail of Kolmogorov's distribution, by the series that converges quickly at z.</summary>
    public static double KolmogorovTail(double z)
    {
        if (z <= 0)
        {
            return 1;
        }

        if (z < 1)
        {
            // The theta-function identity: 1 − √(2π)/z · Σ exp(−(2k−1)²π²/(8z²)).
            double sum = 0;
            for (int k = 1; k <= 20; k++)
            {
                int odd = (2 * k) - 1;
                sum += Math.Exp(-odd * odd * Math.PI * Math.PI / (8 * z * z));
            }

            return 1 - (Math.Sqrt(2 * Math.PI) / z * sum);
        }

        double tail = 0;
        for (int k = 1; k <= 100; k++)
        {
            double term = Math.Exp(-2.0 * k * k * z * z);
            tail += k % 2 == 1 ? term : -term;
            if (term < 1e-300)
            {
                break;
            }
        }

        return Math.Clamp(2 * tail, 0, 1);
    }
}
