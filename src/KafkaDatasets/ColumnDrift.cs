namespace KafkaDatasets;

/// <summary>How far the current values of a column are from the reference.</summary>
public sealed record ColumnDrift
{
    internal ColumnDrift(ColumnProfile? reference, ColumnProfile? current) => (Reference, Current) = (reference, current);

    /// <summary>The column's name.</summary>
    public string Name => (Reference ?? Current)!.Name;

    /// <summary>The column's profile in the reference; null if it has no such column.</summary>
    public ColumnProfile? Reference { get; }

    /// <summary>The column's current profile; null if there is no such column any more.</summary>
    public ColumnProfile? Current { get; }

    /// <summary>The Kolmogorov–Smirnov statistic of numbers; NaN for categories and columns without values.</summary>
    public double KolmogorovSmirnov { get; init; } = double.NaN;

    /// <summary>The Wasserstein distance of numbers, in their own unit; NaN for categories and columns without values.</summary>
    public double Wasserstein { get; init; } = double.NaN;

    /// <summary>The Jensen–Shannon distance (base 2): of categories, or of numbers in bins that each hold a tenth of the reference.</summary>
    public double JensenShannon { get; init; } = double.NaN;

    /// <summary>The population stability index: of categories, or of numbers in bins that each hold a tenth of the reference. Shares below 0.0001 count as 0.0001.</summary>
    public double PopulationStability { get; init; } = double.NaN;

    /// <summary>The statistic of the χ² test of categories; NaN for numbers.</summary>
    public double ChiSquared { get; init; } = double.NaN;

    /// <summary>The probability of a difference at least as large by chance: by the Kolmogorov–Smirnov test for numbers, by the χ² test for categories; NaN for columns without values.</summary>
    public double PValue { get; init; } = double.NaN;

    /// <summary>The current share of rows without a value, minus that of the reference.</summary>
    public double MissingChange { get; init; }

    /// <summary>What has drifted, one text for each distance that reached its threshold; empty if nothing has.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    /// <summary>Whether the column has drifted.</summary>
    public bool IsDrifted => Reasons.Count > 0;
}
