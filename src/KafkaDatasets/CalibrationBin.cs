namespace KafkaDatasets;

/// <summary>The rows whose predicted probability lies in an interval. A model is calibrated if <see cref="PositiveShare"/> is near <see cref="MeanProbability"/> in every bin.</summary>
/// <param name="From">The least probability of the bin.</param>
/// <param name="To">The probability at which the next bin begins.</param>
/// <param name="Rows">The number of rows.</param>
/// <param name="MeanProbability">The mean of the predicted probabilities; NaN if there are no rows.</param>
/// <param name="PositiveShare">The share of the rows whose label is positive or, of several classes, whose predicted class is right; NaN if there are no rows.</param>
public sealed record CalibrationBin(double From, double To, long Rows, double MeanProbability, double PositiveShare);
