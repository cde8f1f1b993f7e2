namespace SusyDemo.Network;

/// <summary>A point of a learning curve: one training step.</summary>
/// <param name="Rows">The rows seen so far, over all epochs.</param>
/// <param name="Loss">The mean binary cross-entropy of the step's batch, with dropout.</param>
/// <param name="Accuracy">The share of the step's batch that was right, with dropout.</param>
internal readonly record struct CurvePoint(long Rows, double Loss, double Accuracy);
