using KafkaDatasets.Monitoring.Profiles;
using KafkaDatasets.Monitoring.Statistics;

namespace KafkaDatasets.Monitoring.Comparison;

/// <summary>Compares profiles, column by column.</summary>
internal static class ColumnComparer
{
    /// <summary>The number of bins of numbers, each of which holds the same share of the reference.</summary>
    public const int Bins = 10;

    public static ProfileComparison Compare(ReferenceProfile reference, ReferenceProfile current, DriftThresholds thresholds)
    {
        Dictionary<string, ColumnProfile> others = current.Columns.ToDictionary(c => c.Name);
        ColumnDrift[] columns =
        [
            .. reference.Columns.AsParallel().AsOrdered().Select(c => Compare(c, others.GetValueOrDefault(c.Name), thresholds)),
            .. current.Columns.ExceptBy(reference.Columns.Select(c => c.Name), c => c.Name).Select(c => new ColumnDrift(null, c) { Reasons = ["the reference has no such column"] }),
        ];
        return new ProfileComparison(reference, current, columns);
    }

    private static ColumnDrift Compare(ColumnProfile reference, ColumnProfile? current, DriftThresholds thresholds)
    {
        if (current is null)
        {
            return new ColumnDrift(reference, null) { Reasons = ["there is no such column any more"] };
        }

        if (reference.IsNumeric != current.IsNumeric)
        {
            return new ColumnDrift(reference, current) { Reasons = [$"the type was {reference.Type} and is {current.Type}"] };
        }

        var drift = new ColumnDrift(reference, current) { MissingChange = current.MissingShare - reference.MissingShare };
        bool hasValues = reference.Count > 0 && current.Count > 0;
        drift = !hasValues ? drift : reference.IsNumeric ? Numbers(drift, reference, current) : Categories(drift, reference.Values!, current.Values!);
        return drift with { Reasons = [.. ReasonsOf(drift, thresholds)] };
    }

    private static ColumnDrift Numbers(ColumnDrift drift, ColumnProfile reference, ColumnProfile current)
    {
        (WeightedSample first, WeightedSample second) = (reference.Sample, current.Sample);
        double[] edges = first.EqualShare(Bins);
        double[] expected = first.Counts(edges);
        double[] found = second.Counts(edges);
        double statistic = WeightedSample.KolmogorovSmirnov(first, second);
        return drift with
        {
            KolmogorovSmirnov = statistic,
            PValue = KolmogorovDistribution.UpperTail(statistic, (double)reference.Count * current.Count / ((double)reference.Count + current.Count)),
            Wasserstein = WeightedSample.Wasserstein(first, second),
            JensenShannon = Divergence.JensenShannon(expected, found),
            PopulationStability = Divergence.PopulationStability(expected, found),
        };
    }

    private static ColumnDrift Categories(ColumnDrift drift, CategorySketch reference, CategorySketch current)
    {
        // A value that only one sketch has kept may be among the others of the other one: then it is compared as one of the others.
        bool isExact = reference.Error == 0 && current.Error == 0;
        string[] values = [.. isExact ? reference.Counts.Keys.Union(current.Counts.Keys) : reference.Counts.Keys.Intersect(current.Counts.Keys)];
        double[] first = Counts(reference);
        double[] second = Counts(current);
        (double statistic, _, double p) = ChiSquared.Test(first, second);
        return drift with
        {
            ChiSquared = statistic,
            PValue = p,
            JensenShannon = Divergence.JensenShannon(first, second),
            PopulationStability = Divergence.PopulationStability(first, second),
        };

        double[] Counts(CategorySketch sketch)
        {
            double[] counts = [.. values.Select(v => (double)sketch.Counts.GetValueOrDefault(v)), 0];
            counts[^1] = sketch.Count - counts.Sum();
            return counts;
        }
    }

    private static IEnumerable<string> ReasonsOf(ColumnDrift drift, DriftThresholds thresholds)
    {
        if (drift.PValue <= thresholds.Significance)
        {
            double deviation = drift.Reference!.StandardDeviation;
            double deviations = drift.Wasserstein == 0 ? 0 : deviation > 0 ? drift.Wasserstein / deviation : double.PositiveInfinity;
            string distance = deviation > 0 ? FormattableString.Invariant($"{deviations:0.000} standard deviations") : FormattableString.Invariant($"{drift.Wasserstein:0.###}, from a reference of equal values");
            if (drift.KolmogorovSmirnov >= thresholds.KolmogorovSmirnov)
            {
                yield return FormattableString.Invariant($"Kolmogorov–Smirnov {drift.KolmogorovSmirnov:0.000}");
            }

            if (!double.IsNaN(drift.Wasserstein) && deviations >= thresholds.Wasserstein)
            {
                yield return $"Wasserstein {distance}";
            }

            if (drift.JensenShannon >= thresholds.JensenShannon)
            {
                yield return FormattableString.Invariant($"Jensen–Shannon {drift.JensenShannon:0.000}");
            }

            if (drift.PopulationStability >= thresholds.PopulationStability)
            {
                yield return FormattableString.Invariant($"PSI {drift.PopulationStability:0.000}");
            }
        }

        (ColumnProfile reference, ColumnProfile current) = (drift.Reference!, drift.Current!);
        if (Math.Abs(drift.MissingChange) >= thresholds.Missing && IsSignificant(reference.Missing, current.Missing))
        {
            yield return FormattableString.Invariant($"missing values {reference.MissingShare:0.0%} before, {current.MissingShare:0.0%} now");
        }

        // No distance sees them: infinite numbers are in neither the quantiles nor the moments.
        if (Math.Abs(current.InfiniteShare - reference.InfiniteShare) >= thresholds.Missing && IsSignificant(reference.Infinite, current.Infinite))
        {
            yield return FormattableString.Invariant($"infinite values {reference.InfiniteShare:0.0%} before, {current.InfiniteShare:0.0%} now");
        }

        bool IsSignificant(long before, long now) => ChiSquared.Test([RowsOf(reference) - before, before], [RowsOf(current) - now, now]).PValue <= thresholds.Significance;

        static double RowsOf(ColumnProfile column) => column.Count + column.Missing + column.Infinite;
    }
}
