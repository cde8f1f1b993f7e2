namespace KafkaDatasets.Monitoring.Profiles;

/// <summary>What a profile keeps of a column of numbers: counts, moments and a quantile sketch.</summary>
internal sealed class NumberSketch
{
    public NumberSketch(ulong seed = 0) => Quantiles = new QuantileSketch(seed);

    public NumberSketch(long missing, long infinite, double mean, double deviations, QuantileSketch quantiles) =>
        (Missing, Infinite, Mean, Deviations, Quantiles) = (missing, infinite, mean, deviations, quantiles);

    public QuantileSketch Quantiles { get; }

    /// <summary>The number of finite values.</summary>
    public long Count => Quantiles.Count;

    /// <summary>The number of rows without a value (NaN).</summary>
    public long Missing { get; private set; }

    /// <summary>The number of infinite values, which are in neither moments nor quantiles.</summary>
    public long Infinite { get; private set; }

    public double Mean { get; private set; }

    /// <summary>The sum of the squared deviations from the mean.</summary>
    public double Deviations { get; private set; }

    public double Variance => Count > 0 ? Deviations / Count : double.NaN;

    public void CountMissing(long rows) => Missing += rows;

    public void CountInfinite(long rows) => Infinite += rows;

    /// <summary>Adds the moments of values that are about to be added to <see cref="Quantiles"/>.</summary>
    public void AddMoments(long count, double mean, double deviations)
    {
        // Chan, Golub and LeVeque's update, which loses no precision to a large mean.
        if (count == 0)
        {
            return;
        }

        if (Count == 0)
        {
            (Mean, Deviations) = (mean, deviations);
            return;
        }

        // What is beyond the range of a double is infinite, never NaN: the shares come first, so that no product of numbers that are in range leaves it.
        double total = Count + count;
        double delta = mean - Mean;
        double share = delta * count / total;
        Deviations += deviations + (delta == 0 ? 0 : delta * delta * Count * count / total);
        Mean = double.IsFinite(share) ? Mean + share : (Mean * (Count / total)) + (mean * (count / total));
    }

    /// <summary>The mean of values, at least one: also of values whose sum is beyond the range of a double.</summary>
    public static double MeanOf(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
        {
            sum += value;
        }

        if (double.IsFinite(sum))
        {
            return sum / values.Length;
        }

        double mean = 0;
        foreach (double value in values)
        {
            mean += value / values.Length;
        }

        return mean;
    }

    public void Merge(NumberSketch other)
    {
        AddMoments(other.Count, other.Mean, other.Deviations);
        Quantiles.Merge(other.Quantiles);
        Missing += other.Missing;
        Infinite += other.Infinite;
    }
}
