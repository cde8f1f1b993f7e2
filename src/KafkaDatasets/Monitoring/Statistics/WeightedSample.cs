namespace KafkaDatasets.Monitoring.Statistics;

/// <summary>Values in ascending order, each standing for a number of rows: a sample itself, or what a sketch has kept of it.</summary>
internal sealed class WeightedSample
{
    private readonly double[] _values;
    private readonly double[] _cumulative;

    /// <summary>Takes values in ascending order and their weights.</summary>
    public WeightedSample(double[] values, double[] weights)
    {
        _values = values;
        _cumulative = new double[values.Length];
        double sum = 0;
        for (int i = 0; i < values.Length; i++)
        {
            sum += weights[i];
            _cumulative[i] = sum;
        }

        Total = sum;
    }

    /// <summary>Takes a sample in any order, in which each value counts once.</summary>
    public static WeightedSample Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values];
        Array.Sort(sorted);
        double[] weights = new double[sorted.Length];
        Array.Fill(weights, 1);
        return new WeightedSample(sorted, weights);
    }

    public double Total { get; }

    public int Count => _values.Length;

    public double Min => _values[0];

    public double Max => _values[^1];

    /// <summary>The share of the values that are at most <paramref name="value"/>.</summary>
    public double ShareUpTo(double value)
    {
        int index = Upper(value);
        return index == 0 ? 0 : _cumulative[index - 1] / Total;
    }

    /// <summary>The smallest value of which at least a share of all is at most that value.</summary>
    public double Quantile(double share)
    {
        int index = Array.BinarySearch(_cumulative, share * Total);
        index = index < 0 ? ~index : index;
        return _values[Math.Min(index, _values.Length - 1)];
    }

    /// <summary>Counts the values in bins between edges: each bin has its lower edge, and the last bin also its upper one. Values beyond the edges are in the first and the last bin.</summary>
    public double[] Counts(ReadOnlySpan<double> edges)
    {
        double[] counts = new double[edges.Length - 1];
        double before = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            int index = i == counts.Length - 1 ? _values.Length : Lower(edges[i + 1]);
            double upTo = index == 0 ? 0 : _cumulative[index - 1];
            counts[i] = upTo - before;
            before = upTo;
        }

        return counts;
    }

    /// <summary>The edges of bins of the same width over the joint range of two samples.</summary>
    public static double[] EqualWidth(WeightedSample first, WeightedSample second, int bins)
    {
        double min = Math.Min(first.Min, second.Min);
        double max = Math.Max(first.Max, second.Max);
        double[] edges = new double[bins + 1];
        for (int i = 0; i <= bins; i++)
        {
            edges[i] = i == bins ? max : min + ((max - min) * i / bins);
        }

        return edges;
    }

    /// <summary>
    /// The edges of bins that each hold about the same share of this sample: one for its smallest value, at most <paramref name="bins"/> up to its greatest, and one for what lies above.
    /// There are fewer if values repeat.
    /// </summary>
    public double[] EqualShare(int bins)
    {
        // An upper edge belongs to its bin, so that a value which many rows share has a bin of its own.
        var edges = new List<double> { double.NegativeInfinity, Math.BitIncrement(Min) };
        for (int i = 1; i <= bins; i++)
        {
            double edge = Math.BitIncrement(i == bins ? Max : Quantile((double)i / bins));
            if (edge > edges[^1])
            {
                edges.Add(edge);
            }
        }

        edges.Add(double.PositiveInfinity);
        return [.. edges];
    }

    /// <summary>The greatest distance between the distribution functions.</summary>
    public static double KolmogorovSmirnov(WeightedSample first, WeightedSample second)
    {
        double greatest = 0;
        foreach ((_, double p, double q) in Steps(first, second))
        {
            greatest = Math.Max(greatest, Math.Abs(p - q));
        }

        return greatest;
    }

    /// <summary>The area between the distribution functions, which is how far values must be moved on average to make one sample of the other.</summary>
    public static double Wasserstein(WeightedSample first, WeightedSample second)
    {
        double sum = 0;
        double? before = null;
        double difference = 0;
        foreach ((double value, double p, double q) in Steps(first, second))
        {
            if (before is { } from && difference > 0)
            {
                sum += difference * (value - from);
            }

            (before, difference) = (value, Math.Abs(p - q));
        }

        return sum;
    }

    /// <summary>Every value of either sample in ascending order, with the shares of both that are at most that value.</summary>
    private static IEnumerable<(double Value, double First, double Second)> Steps(WeightedSample first, WeightedSample second)
    {
        int i = 0;
        int j = 0;
        while (i < first.Count || j < second.Count)
        {
            double value = i == first.Count ? second._values[j] : j == second.Count ? first._values[i] : Math.Min(first._values[i], second._values[j]);
            while (i < first.Count && first._values[i] <= value)
            {
                i++;
            }

            while (j < second.Count && second._values[j] <= value)
            {
                j++;
            }

            yield return (value, i == 0 ? 0 : first._cumulative[i - 1] / first.Total, j == 0 ? 0 : second._cumulative[j - 1] / second.Total);
        }
    }

    private int Lower(double value)
    {
        int low = 0;
        int high = _values.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_values[middle] < value)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private int Upper(double value) => Lower(Math.BitIncrement(value));
}
