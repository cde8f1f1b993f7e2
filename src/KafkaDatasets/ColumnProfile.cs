using KafkaDatasets.Monitoring.Profiles;
using KafkaDatasets.Monitoring.Statistics;

namespace KafkaDatasets;

/// <summary>The distribution of a column's values in a <see cref="ReferenceProfile"/>: counts, moments and quantiles of numbers, or how often each value of texts, keys and Booleans occurs.</summary>
public sealed class ColumnProfile
{
    private WeightedSample? _sample;

    internal ColumnProfile(string name, ColumnType type, NumberSketch numbers) => (Name, Type, Numbers) = (name, type, numbers);

    internal ColumnProfile(string name, ColumnType type, CategorySketch values) => (Name, Type, Values) = (name, type, values);

    /// <summary>The column's name; for an item of a vector, <c>name.0</c>, <c>name.1</c> and so on.</summary>
    public string Name { get; }

    /// <summary>The type of the column's values.</summary>
    public ColumnType Type { get; }

    /// <summary>Whether the column holds numbers; otherwise it holds categories.</summary>
    public bool IsNumeric => Numbers is not null;

    /// <summary>The number of rows with a value; infinite numbers are not counted here.</summary>
    public long Count => Numbers?.Count ?? Values!.Count;

    /// <summary>The number of rows without a value.</summary>
    public long Missing => Numbers?.Missing ?? Values!.Missing;

    /// <summary>The number of rows whose value is an infinite number.</summary>
    public long Infinite => Numbers?.Infinite ?? 0;

    /// <summary>The mean of the numbers; NaN if there are none.</summary>
    public double Mean => Numbers is { Count: > 0 } numbers ? numbers.Mean : double.NaN;

    /// <summary>The standard deviation of the numbers; NaN if there are none.</summary>
    public double StandardDeviation => Numbers is { Count: > 0 } numbers ? Math.Sqrt(numbers.Variance) : double.NaN;

    /// <summary>The smallest number; NaN if there are none.</summary>
    public double Min => Numbers is { Count: > 0 } numbers ? numbers.Quantiles.Min : double.NaN;

    /// <summary>The greatest number; NaN if there are none.</summary>
    public double Max => Numbers is { Count: > 0 } numbers ? numbers.Quantiles.Max : double.NaN;

    /// <summary>
    /// How often each value occurs, for a column of texts, keys or Booleans (<c>true</c> and <c>false</c>): the 1,000 most frequent values. If the column has more, a count may be too low,
    /// by at most <see cref="CategoryError"/>. Empty for numbers.
    /// </summary>
    public IReadOnlyDictionary<string, long> Categories => Values?.Counts ?? new Dictionary<string, long>();

    /// <summary>By how much a count in <see cref="Categories"/> may be too low; 0 as long as the column has at most 1,000 different values.</summary>
    public long CategoryError => Values?.Error ?? 0;

    /// <summary>Estimates a quantile of the numbers: exact up to 4,096 values, beyond within 0.5 % of the rows (with a probability of 99 %).</summary>
    /// <param name="share">The share of the values that are at most the quantile, from 0 to 1; 0.5 is the median.</param>
    /// <returns>The quantile; NaN if there are no numbers.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The share is not from 0 to 1.</exception>
    public double Quantile(double share)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(share, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);
        return Numbers is { Count: > 0 } ? Sample.Quantile(share) : double.NaN;
    }

    internal NumberSketch? Numbers { get; }

    internal CategorySketch? Values { get; }

    internal WeightedSample Sample => _sample ??= Numbers!.Quantiles.ToSample();

    internal double MissingShare => Share(Missing);

    internal double InfiniteShare => Share(Infinite);

    internal ColumnProfile Merge(ColumnProfile other)
    {
        if (Numbers is not null)
        {
            var numbers = new NumberSketch();
            numbers.Merge(Numbers);
            numbers.Merge(other.Numbers!);
            return new ColumnProfile(Name, Type, numbers);
        }

        var values = new CategorySketch();
        values.Merge(Values!);
        values.Merge(other.Values!);
        return new ColumnProfile(Name, Type, values);
    }

    private double Share(long rows) => rows == 0 ? 0 : (double)rows / (Count + Missing + Infinite);
}
