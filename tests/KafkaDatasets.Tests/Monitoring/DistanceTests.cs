using System.Text.Json;
using KafkaDatasets.Monitoring.Statistics;
using Xunit;

namespace KafkaDatasets.Tests.Monitoring;

/// <summary>Distances and tests against SciPy's results.</summary>
public sealed class DistanceTests
{
    private static readonly Lazy<IReadOnlyList<JsonElement>> Cases = new(() => Golden.Lines("distances.jsonl"));

    public static TheoryData<string> Numbers => Golden.OrNone(Cases.Value.Where(c => c.TryGetProperty("ks", out _)).Select(Name));

    public static TheoryData<string> Categories => Golden.OrNone(Cases.Value.Where(c => c.TryGetProperty("chi2_contingency", out _)).Select(Name));

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Numbers_are_as_far_apart_as_SciPy_says(string name)
    {
        Golden.Require(name);
        JsonElement golden = Cases.Value.Single(c => Name(c) == name);
        var reference = WeightedSample.Of(Doubles(golden.GetProperty("reference")));
        var current = WeightedSample.Of(Doubles(golden.GetProperty("current")));
        double statistic = WeightedSample.KolmogorovSmirnov(reference, current);
        JsonElement ks = golden.GetProperty("ks");
        Near(ks.GetProperty("statistic"), statistic, 1e-12);
        Near(ks.GetProperty("pvalue_asymptotic"), KolmogorovDistribution.UpperTail(statistic, reference.Total * current.Total / (reference.Total + current.Total)), 1e-6);
        if (ks.TryGetProperty("pvalue_exact", out JsonElement exact))
        {
            Near(exact, KolmogorovSmirnov.ExactPValue(statistic, reference.Count, current.Count), 1e-9);
        }

        Near(golden.GetProperty("wasserstein"), WeightedSample.Wasserstein(reference, current), 1e-11);
        JsonElement bins = golden.GetProperty("equal_width_bins_10");
        double[] edges = WeightedSample.EqualWidth(reference, current, 10);
        double[] wanted = Doubles(bins.GetProperty("edges"));
        Assert.All(edges.Zip(wanted), edge => Assert.Equal(edge.Second, edge.First, 1e-12));

        // With SciPy's own edges, since a value may lie on an edge to within rounding.
        Assert.Equal(Doubles(bins.GetProperty("reference")), reference.Counts(wanted));
        Assert.Equal(Doubles(bins.GetProperty("current")), current.Counts(wanted));
        Near(bins.GetProperty("jensen_shannon_distance_base2"), Divergence.JensenShannon(reference.Counts(wanted), current.Counts(wanted)), 1e-11);
        Near(bins.GetProperty("psi_floor_1e-4"), Divergence.PopulationStability(reference.Counts(wanted), current.Counts(wanted)), 1e-11);
    }

    [Theory]
    [MemberData(nameof(Categories))]
    public void Categories_are_as_far_apart_as_SciPy_says(string name)
    {
        Golden.Require(name);
        JsonElement golden = Cases.Value.Single(c => Name(c) == name);
        (double[] reference, double[] current) = Counts(golden.GetProperty("reference_counts"), golden.GetProperty("current_counts"));
        JsonElement chi = golden.GetProperty("chi2_contingency");
        (double statistic, int freedom, double p) = ChiSquared.Test(reference, current);
        Near(chi.GetProperty("statistic"), statistic, 1e-11);
        Assert.Equal(chi.GetProperty("dof").GetInt32(), freedom);
        Near(chi.GetProperty("pvalue"), p, 1e-9);
        Near(golden.GetProperty("jensen_shannon_distance_base2"), Divergence.JensenShannon(reference, current), 1e-11);
    }

    /// <summary>For large samples, values of Kolmogorov's limiting distribution as published (Smirnov 1948), which it approaches with 1/√n.</summary>
    [Theory]
    [InlineData(1.2238, 0.10)]
    [InlineData(1.3581, 0.05)]
    [InlineData(1.6276, 0.01)]
    public void Large_samples_have_the_limiting_distribution(double z, double p)
    {
        const double Size = 1e10;
        Assert.Equal(p, KolmogorovDistribution.UpperTail(z / Math.Sqrt(Size), Size), 5e-5);
    }

    /// <summary>At the size where the method changes, both methods give the same.</summary>
    [Theory]
    [InlineData(0.02)]
    [InlineData(0.03)]
    [InlineData(0.05)]
    public void Both_methods_agree_where_they_meet(double d) =>
        Assert.Equal(1, KolmogorovDistribution.UpperTail(d, 2000) / KolmogorovDistribution.UpperTail(d * Math.Sqrt(2000.0 / 2001), 2001), 5e-3);

    /// <summary>Quantiles of the χ² distribution as every table has them.</summary>
    [Theory]
    [InlineData(3.841458820694124, 1, 0.05)]
    [InlineData(18.307038053275146, 10, 0.05)]
    [InlineData(135.80672317102676, 100, 0.01)]
    [InlineData(0.0039321400000195310, 1, 0.95)]
    public void Chi_squared_has_the_tails_of_the_tables(double x, double freedom, double p) => Assert.Equal(p, ChiSquared.UpperTail(x, freedom), 1e-8);

    private static (double[] Reference, double[] Current) Counts(JsonElement reference, JsonElement current)
    {
        if (reference.ValueKind == JsonValueKind.Array)
        {
            return (Doubles(reference), Doubles(current));
        }

        string[] names = [.. reference.EnumerateObject().Concat(current.EnumerateObject()).Select(p => p.Name).Distinct()];
        return ([.. names.Select(n => Of(reference, n))], [.. names.Select(n => Of(current, n))]);

        static double Of(JsonElement counts, string name) => counts.TryGetProperty(name, out JsonElement count) ? count.GetDouble() : 0;
    }

    private static string Name(JsonElement golden) => golden.GetProperty("case").GetString()!;

    private static double[] Doubles(JsonElement array) => [.. array.EnumerateArray().Select(v => v.GetDouble())];

    /// <summary>Compares relative to the value: p-values are small.</summary>
    private static void Near(JsonElement expected, double actual, double tolerance)
    {
        double wanted = expected.GetDouble();
        Assert.True(Math.Abs(actual - wanted) <= tolerance * Math.Abs(wanted), FormattableString.Invariant($"{actual} instead of {wanted}"));
    }
}
