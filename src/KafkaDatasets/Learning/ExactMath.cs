namespace KafkaDatasets.Learning;

/// <summary>Functions of double-precision numbers whose results are the same on every machine; those of the platform's C library differ in the last bit.</summary>
internal static class ExactMath
{
    private const double Log2E = 1.4426950408889634;

    /// <summary>ln 2 in two parts, of which multiples of the first are exact.</summary>
    private const double Ln2High = 6.93147180369123816490e-01;
    private const double Ln2Low = 1.90821492927058770002e-10;

    /// <summary>Beyond it, the logistic function is 0 or 1 within the precision that a step needs.</summary>
    private const double Most = 700;

    /// <summary>The logistic function 1 / (1 + exp(−x)), with a relative error below 1e-15.</summary>
    public static double Logistic(double x) => 1 / (1 + Exp(-x));

    /// <summary>The exponential function; arguments beyond ±700 are limited to that.</summary>
    public static double Exp(double x)
    {
        x = Math.Clamp(x, -Most, Most);
        double k = Math.Round(x * Log2E);
        double r = x - (k * Ln2High) - (k * Ln2Low);

        // The Taylor series, for |r| ≤ ln 2 / 2 up to r¹³ / 13!, in four parts that the processor computes side by side.
        double r2 = r * r;
        double r4 = r2 * r2;
        double a = 1 + r + (r2 * (0.5 + (r * (1.0 / 6))));
        double b = (1.0 / 24) + (r * (1.0 / 120)) + (r2 * ((1.0 / 720) + (r * (1.0 / 5040))));
        double c = (1.0 / 40320) + (r * (1.0 / 362880)) + (r2 * ((1.0 / 3628800) + (r * (1.0 / 39916800))));
        double d = (1.0 / 479001600) + (r * (1.0 / 6227020800));
        double p = a + (r4 * (b + (r4 * (c + (r4 * d)))));
        return p * BitConverter.Int64BitsToDouble(((long)k + 1023) << 52);
    }
}
