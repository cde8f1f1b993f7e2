namespace KafkaDatasets.Monitoring.Statistics;

/// <summary>The distribution of the one-sample Kolmogorov–Smirnov statistic, which is also used for two samples with the effective sample size.</summary>
internal static class KolmogorovDistribution
{
    /// <summary>From this size on, the limiting distribution with a correction for the size is as exact as anybody needs.</summary>
    private const int MostExact = 2000;

    /// <summary>Above this value of n·d², both one-sided events practically exclude each other.</summary>
    private const double Tail = 2.2;

    /// <summary>Returns the probability of a statistic of at least d for a sample of n values.</summary>
    /// <param name="d">The statistic.</param>
    /// <param name="n">The size of the sample; for two samples of sizes m and n, m·n/(m+n).</param>
    public static double UpperTail(double d, double n)
    {
        double size = Math.Round(n);
        if (d <= 0 || size < 1)
        {
            return 1;
        }

        if (d >= 1)
        {
            return 0;
        }

        if (size > MostExact)
        {
            // Vrbik 2018: the limiting distribution at a value shifted by the size is exact to the order of 1/n.
            double z = d * Math.Sqrt(size);
            return KolmogorovSmirnov.KolmogorovTail(z + (1 / (6 * Math.Sqrt(size))) + ((z - 1) / (4 * size)));
        }

        return size * d * d >= Tail ? Math.Min(1, 2 * OneSidedTail(d, (int)size)) : Math.Clamp(1 - Below(d, (int)size), 0, 1);
    }

    /// <summary>The upper tail of the one-sided statistic: a finite sum of positive terms (Birnbaum and Tingey 1951).</summary>
    private static double OneSidedTail(double d, int n)
    {
        double sum = 0;
        double logBinomial = 0;
        for (int j = 0; j <= n * (1 - d); j++)
        {
            if (j > 0)
            {
                logBinomial += Math.Log((double)(n - j + 1) / j);
            }

            double rest = 1 - d - ((double)j / n);
            if (rest > 0)
            {
                sum += Math.Exp(logBinomial + ((n - j) * Math.Log(rest)) + ((j - 1) * Math.Log(d + ((double)j / n))));
            }
        }

        return d * sum;
    }

    /// <summary>The distribution function by powers of Durbin's matrix (Marsaglia, Tsang and Wang 2003).</summary>
    private static double Below(double d, int n)
    {
        int k = (int)(n * d) + 1;
        int m = (2 * k) - 1;
        double h = k - (n * d);
        double[] matrix = new double[m * m];
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < m; j++)
            {
                matrix[(i * m) + j] = i - j + 1 < 0 ? 0 : 1;
            }
        }

        for (int i = 0; i < m; i++)
        {
            matrix[i * m] -= Math.Pow(h, i + 1);
            matrix[((m - 1) * m) + i] -= Math.Pow(h, m - i);
        }

        matrix[(m - 1) * m] += (2 * h) - 1 > 0 ? Math.Pow((2 * h) - 1, m) : 0;
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < m; j++)
            {
                for (int g = 1; g <= i - j + 1; g++)
                {
                    matrix[(i * m) + j] /= g;
                }
            }
        }

        (double[] power, int exponent) = Power(matrix, m, n);
        double s = power[((k - 1) * m) + k - 1];
        for (int i = 1; i <= n; i++)
        {
            s = s * i / n;
            if (s < 1e-140)
            {
                s *= 1e140;
                exponent -= 140;
            }
        }

        return s * Math.Pow(10, exponent);
    }

    private static (double[] Matrix, int Exponent) Power(double[] matrix, int m, int n)
    {
        if (n == 1)
        {
            return (matrix, 0);
        }

        (double[] half, int exponent) = Power(matrix, m, n / 2);
        double[] result = Multiply(half, half, m);
        exponent *= 2;
        if (n % 2 != 0)
        {
            result = Multiply(matrix, result, m);
        }

        if (result[(m / 2 * m) + (m / 2)] > 1e140)
        {
            for (int i = 0; i < result.Length; i++)
            {
                result[i] *= 1e-140;
            }

            exponent += 140;
        }

        return (result, exponent);
    }

    private static double[] Multiply(double[] first, double[] second, int m)
    {
        double[] product = new double[m * m];
        for (int i = 0; i < m; i++)
        {
            for (int k = 0; k < m; k++)
            {
                double factor = first[(i * m) + k];
                for (int j = 0; factor != 0 && j < m; j++)
                {
                    product[(i * m) + j] += factor * second[(k * m) + j];
                }
            }
        }

        return product;
    }
}
