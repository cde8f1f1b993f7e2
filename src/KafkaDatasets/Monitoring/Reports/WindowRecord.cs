namespace KafkaDatasets.Monitoring.Reports;

/// <summary>The figures of a window, as written to the results topic. A figure that is not known is null.</summary>
internal sealed record WindowRecord
{
    public required string Version { get; init; }

    public required long Window { get; init; }

    public required DateTimeOffset Start { get; init; }

    public required DateTimeOffset End { get; init; }

    public required long Rows { get; init; }

    public required long Unmatched { get; init; }

    public required long Positive { get; init; }

    public double? Accuracy { get; init; }

    public double? Auc { get; init; }

    public double? LogLoss { get; init; }

    public double? CalibrationError { get; init; }

    public double? MacroAccuracy { get; init; }

    /// <summary>The classes.</summary>
    public string[]? Classes { get; init; }

    /// <summary>The precision of each class.</summary>
    public double?[]? Precision { get; init; }

    /// <summary>The recall of each class.</summary>
    public double?[]? Recall { get; init; }

    /// <summary>For k = 1, 2, …: the share of rows whose class is among the k with the highest scores.</summary>
    public double[]? TopAccuracies { get; init; }

    /// <summary>The rows of each class by predicted class, one class after the other.</summary>
    public long[]? Confusion { get; init; }

    /// <summary>The number of rows whose predicted class is none of the classes.</summary>
    public long? UnknownPredictions { get; init; }

    public double? MeanError { get; init; }

    public double? MeanAbsoluteError { get; init; }

    public double? RootMeanSquaredError { get; init; }

    public double? RSquared { get; init; }

    public static WindowRecord Of(string version, MetricsWindow window)
    {
        ModelMetrics metrics = window.Metrics;
        MulticlassMetrics? classes = metrics.Multiclass;
        return new WindowRecord
        {
            Version = version,
            Window = window.Number,
            Start = window.Start,
            End = window.End,
            Rows = metrics.Rows,
            Unmatched = metrics.Unmatched,
            Positive = metrics.Positive,
            Accuracy = Known(metrics.Accuracy),
            Auc = Known(metrics.Auc),
            LogLoss = Known(metrics.LogLoss),
            CalibrationError = Known(metrics.CalibrationError),
            MacroAccuracy = Known(classes?.MacroAccuracy),
            Classes = classes is null ? null : [.. classes.Confusion.Classes],
            Precision = classes is null ? null : [.. classes.Classes.Select(c => Known(c.Precision))],
            Recall = classes is null ? null : [.. classes.Classes.Select(c => Known(c.Recall))],
            TopAccuracies = classes is null ? null : [.. classes.TopAccuracies],
            Confusion = classes is null ? null : CellsOf(classes.Confusion),
            UnknownPredictions = classes?.Confusion.UnknownPredictions,
            MeanError = Known(metrics.Regression?.MeanError),
            MeanAbsoluteError = Known(metrics.Regression?.MeanAbsoluteError),
            RootMeanSquaredError = Known(metrics.Regression?.RootMeanSquaredError),
            RSquared = Known(metrics.Regression?.RSquared),
        };
    }

    private static long[] CellsOf(ConfusionMatrix confusion)
    {
        int count = confusion.Classes.Count;
        return [.. Enumerable.Range(0, count * count).Select(i => confusion[i / count, i % count])];
    }

    private static double? Known(double? value) => value is { } number && double.IsFinite(number) ? number : null;
}
