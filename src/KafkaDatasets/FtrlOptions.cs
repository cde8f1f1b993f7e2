namespace KafkaDatasets;

/// <summary>Settings of FTRL-Proximal, by the names of the publication.</summary>
/// <remarks>McMahan and others, "Ad click prediction: a view from the trenches", KDD 2013, algorithm 1.</remarks>
public sealed record FtrlOptions
{
    /// <summary>The learning rate α: the higher, the faster each weight changes. Default 0.1.</summary>
    public double Alpha { get; init; } = 0.1;

    /// <summary>The smoothing β of the learning rate, which is α / (β + √(sum of the squared gradients)) for each weight. Default 1.</summary>
    public double Beta { get; init; } = 1;

    /// <summary>The L1 regularization λ₁: the higher, the more weights are exactly zero. Default 0.</summary>
    public double L1 { get; init; }

    /// <summary>The L2 regularization λ₂. Default 0.</summary>
    public double L2 { get; init; }

    /// <summary>Whether features are standardized by their running mean and standard deviation, which are part of the learner's state. Default true.</summary>
    public bool Standardize { get; init; } = true;

    /// <exception cref="InvalidOptionsException">The options are invalid; the message lists every problem found.</exception>
    internal void Validate()
    {
        var faults = new List<string>();
        OnlineLearner.CheckPositive(Alpha, nameof(Alpha), faults);
        OnlineLearner.CheckNotNegative(Beta, nameof(Beta), faults);
        OnlineLearner.CheckNotNegative(L1, nameof(L1), faults);
        OnlineLearner.CheckNotNegative(L2, nameof(L2), faults);
        InvalidOptionsException.ThrowIfAny(nameof(FtrlOptions), faults);
    }
}
