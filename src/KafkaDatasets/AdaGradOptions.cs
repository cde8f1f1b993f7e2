namespace KafkaDatasets;

/// <summary>Settings of AdaGrad.</summary>
/// <remarks>Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic optimization", JMLR 12, 2011.</remarks>
public sealed record AdaGradOptions
{
    /// <summary>The learning rate: each weight changes by this, times its gradient, divided by the root of the sum of its squared gradients. Default 0.1.</summary>
    public double LearningRate { get; init; } = 0.1;

    /// <summary>What is added to that root, so that the first steps are not divided by zero. Default 1e-8.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>The L2 regularization; the intercept is not regularized. Default 0.</summary>
    public double L2 { get; init; }

    /// <summary>Whether features are standardized by their running mean and standard deviation, which are part of the learner's state. Default true.</summary>
    public bool Standardize { get; init; } = true;

    /// <exception cref="InvalidOptionsException">The options are invalid; the message lists every problem found.</exception>
    internal void Validate()
    {
        var faults = new List<string>();
        OnlineLearner.CheckPositive(LearningRate, nameof(LearningRate), faults);
        OnlineLearner.CheckPositive(Epsilon, nameof(Epsilon), faults);
        OnlineLearner.CheckNotNegative(L2, nameof(L2), faults);
        InvalidOptionsException.ThrowIfAny(nameof(AdaGradOptions), faults);
    }
}
