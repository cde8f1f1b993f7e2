using KafkaDatasets.Benchmarks.Measuring;

namespace KafkaDatasets.Benchmarks.Live;

/// <summary>The distribution of latencies, in milliseconds.</summary>
internal sealed record Latencies(double Median, double High, double Most)
{
    public static Latencies Of(double[] milliseconds)
    {
        Array.Sort(milliseconds);
        return new Latencies(milliseconds[milliseconds.Length / 2], milliseconds[milliseconds.Length * 99 / 100], milliseconds[^1]);
    }

    /// <summary>The median of each figure over runs.</summary>
    public static Latencies MedianOf(IReadOnlyList<Latencies> runs) => new(runs.Median(r => r.Median), runs.Median(r => r.High), runs.Median(r => r.Most));
}
