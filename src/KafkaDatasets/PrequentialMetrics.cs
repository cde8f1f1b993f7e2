namespace KafkaDatasets;

/// <summary>How well a learner predicted rows before it learned from them (prequential evaluation: test, then train).</summary>
public sealed record PrequentialMetrics
{
    /// <summary>The number of rows that were scored and have a label.</summary>
    public long Rows { get; init; }

    /// <summary>The number of rows without a label, or with an infinite one, which are neither learned nor evaluated.</summary>
    public long UnlabelledRows { get; init; }

    /// <summary>The fraction of rows whose class was predicted; NaN for regression, and before the first row.</summary>
    public double Accuracy { get; init; } = double.NaN;

    /// <summary>
    /// The area under the ROC curve; NaN for regression, and while one of the classes has no row. Scores that are equal within 0.8 % count as ties, of which half counts.
    /// </summary>
    public double Auc { get; init; } = double.NaN;

    /// <summary>The mean logarithmic loss in nats; NaN for regression and for learners whose scores are not calibrated.</summary>
    public double LogLoss { get; init; } = double.NaN;

    /// <summary>The root of the mean squared error; NaN for two classes, and before the first row.</summary>
    public double RootMeanSquaredError { get; init; } = double.NaN;

    /// <summary>The mean absolute error; NaN for two classes, and before the first row.</summary>
    public double MeanAbsoluteError { get; init; } = double.NaN;
}
