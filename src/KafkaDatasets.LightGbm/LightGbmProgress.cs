namespace KafkaDatasets.LightGbm;

/// <summary>The progress of a training on one rank.</summary>
/// <param name="Phase">What the training is doing.</param>
/// <param name="Rows">The number of rows that this rank has loaded so far, for training and for validation.</param>
/// <param name="Iteration">The number of iterations done so far, including those before a restart.</param>
/// <param name="Iterations">The number of iterations asked for.</param>
/// <param name="ValidationLoss">The loss on the validation rows of all ranks after <paramref name="Iteration"/>; null without <see cref="LightGbmOptions.Validation"/>.</param>
public readonly record struct LightGbmProgress(LightGbmPhase Phase, long Rows, int Iteration, int Iterations, double? ValidationLoss);
