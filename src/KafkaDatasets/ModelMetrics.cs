namespace KafkaDatasets;

/// <summary>How well a binary classifier predicts, over rows whose labels are known. A figure that the rows do not determine is NaN.</summary>
public sealed record ModelMetrics
{
    /// <summary>The number of rows with a label.</summary>
    public required long Rows { get; init; }

    /// <summary>The number of rows without a label in time, which are in no other figure.</summary>
    public required long Unmatched { get; init; }

    /// <summary>The number of rows whose label is positive.</summary>
    public required long Positive { get; init; }

    /// <summary>The share of rows whose predicted class is that of the label.</summary>
    public required double Accuracy { get; init; }

    /// <summary>The area under the ROC curve: the probability that a positive row has a higher score than a negative one. NaN unless there are rows of both classes.</summary>
    public required double Auc { get; init; }

    /// <summary>The mean of −ln of the probability that was predicted for the label's class, at least 0.0000001; NaN if the scores are not probabilities.</summary>
    public required double LogLoss { get; init; }

    /// <summary>The expected calibration error: the distance between predicted probability and share of positive labels, as the mean over the rows of ten bins; NaN if the scores are not probabilities.</summary>
    public required double CalibrationError { get; init; }

    /// <summary>Ten bins of predicted probabilities; empty if the scores are not probabilities.</summary>
    public required IReadOnlyList<CalibrationBin> Calibration { get; init; }
}
