namespace KafkaDatasets;

/// <summary>How well a model predicts, over rows whose labels are known. A figure that the rows do not determine, or that does not exist for the kind of label, is NaN.</summary>
public sealed record ModelMetrics
{
    /// <summary>The number of rows with a label.</summary>
    public required long Rows { get; init; }

    /// <summary>The number of rows without a label in time, which are in no other figure.</summary>
    public required long Unmatched { get; init; }

    /// <summary>The number of rows whose label is positive; 0 unless there are two classes.</summary>
    public required long Positive { get; init; }

    /// <summary>The share of rows whose predicted class is that of the label.</summary>
    public required double Accuracy { get; init; }

    /// <summary>The area under the ROC curve: the probability that a positive row has a higher score than a negative one. NaN unless there are two classes, and rows of both.</summary>
    public required double Auc { get; init; }

    /// <summary>The mean of −ln of the probability that was predicted for the label's class, at least 0.0000001 (of several classes 1e-15, as in ML.NET); NaN if the scores are not probabilities.</summary>
    public required double LogLoss { get; init; }

    /// <summary>
    /// The expected calibration error: the distance between predicted probability and share of positive labels, as the mean over the rows of ten bins; of several classes, between the highest probability and the share of right
    /// predictions. NaN if the scores are not probabilities.
    /// </summary>
    public required double CalibrationError { get; init; }

    /// <summary>Ten bins of predicted probabilities; empty if the scores are not probabilities.</summary>
    public required IReadOnlyList<CalibrationBin> Calibration { get; init; }

    /// <summary>The figures of several classes; null for other kinds of label.</summary>
    public MulticlassMetrics? Multiclass { get; init; }

    /// <summary>The figures of a predicted number; null for other kinds of label.</summary>
    public NumberMetrics? Regression { get; init; }
}
