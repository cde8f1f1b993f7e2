namespace SusyDemo.Evaluation;

/// <summary>A point of a ROC curve.</summary>
/// <param name="FalsePositiveRate">The share of the backgrounds above the threshold.</param>
/// <param name="TruePositiveRate">The share of the signals above the threshold.</param>
internal readonly record struct RocPoint(double FalsePositiveRate, double TruePositiveRate);
