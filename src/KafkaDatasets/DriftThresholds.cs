namespace KafkaDatasets;

/// <summary>
/// The distances from which a column has drifted. A column has drifted if one of its distances is at least its threshold, and the difference is significant:
/// few rows differ from the reference by chance.
/// </summary>
public sealed record DriftThresholds
{
    /// <summary>The Kolmogorov–Smirnov statistic of numbers: the greatest distance between the distribution functions, from 0 to 1. Default 0.1.</summary>
    public double KolmogorovSmirnov { get; init; } = 0.1;

    /// <summary>The Wasserstein distance of numbers, in standard deviations of the reference. Default 0.25.</summary>
    public double Wasserstein { get; init; } = 0.25;

    /// <summary>The Jensen–Shannon distance (base 2) of numbers and categories, from 0 to 1. Default 0.2.</summary>
    public double JensenShannon { get; init; } = 0.2;

    /// <summary>The population stability index of numbers and categories. Default 0.2.</summary>
    public double PopulationStability { get; init; } = 0.2;

    /// <summary>The difference of the shares of rows without a value, and of the shares of rows with an infinite number, from 0 to 1. Default 0.05.</summary>
    public double Missing { get; init; } = 0.05;

    /// <summary>The p-value up to which a difference is significant: of the Kolmogorov–Smirnov test for numbers, of the χ² test for categories, missing and infinite values. Default 0.001.</summary>
    public double Significance { get; init; } = 0.001;

    /// <exception cref="InvalidOptionsException">The thresholds are invalid; the message lists every problem found.</exception>
    internal void Validate()
    {
        var faults = new List<string>();
        Check(KolmogorovSmirnov, nameof(KolmogorovSmirnov));
        Check(Wasserstein, nameof(Wasserstein));
        Check(JensenShannon, nameof(JensenShannon));
        Check(PopulationStability, nameof(PopulationStability));
        Check(Missing, nameof(Missing));
        if (!(Significance is > 0 and <= 1))
        {
            faults.Add(FormattableString.Invariant($"{nameof(Significance)} is {Significance}: it is more than 0 and at most 1"));
        }

        InvalidOptionsException.ThrowIfAny(nameof(DriftThresholds), faults);

        void Check(double value, string name)
        {
            if (!(value > 0))
            {
                faults.Add(FormattableString.Invariant($"{name} is {value}: it is more than 0, and infinite for a distance that does not count"));
            }
        }
    }
}
