namespace KafkaDatasets;

/// <summary>How well a model predicts a number. A figure that the rows do not determine is NaN.</summary>
public sealed record NumberMetrics
{
    /// <summary>The mean of prediction − label: whether the model predicts too much (above 0) or too little.</summary>
    public required double MeanError { get; init; }

    /// <summary>The mean distance of prediction and label.</summary>
    public required double MeanAbsoluteError { get; init; }

    /// <summary>The root of the mean squared distance of prediction and label.</summary>
    public required double RootMeanSquaredError { get; init; }

    /// <summary>The coefficient of determination: 1 for a perfect model, 0 for one that always predicts the mean of the labels. NaN if all labels are equal.</summary>
    public required double RSquared { get; init; }
}
