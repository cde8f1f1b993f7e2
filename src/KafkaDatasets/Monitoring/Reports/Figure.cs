namespace KafkaDatasets.Monitoring.Reports;

/// <summary>A figure that a page shows where it is known.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Of">The figure of some rows; NaN if it is not known.</param>
/// <param name="IsPlotted">Whether it is plotted over time.</param>
/// <param name="IsOfSegments">Whether the table of segments has it.</param>
internal sealed record Figure(string Name, Func<ModelMetrics, double> Of, bool IsPlotted = true, bool IsOfSegments = true)
{
    /// <summary>The figures of every kind of label; which of them are known depends on the kind.</summary>
    public static IReadOnlyList<Figure> All { get; } =
    [
        new("accuracy", m => m.Accuracy),
        new("macro-accuracy", m => m.Multiclass?.MacroAccuracy ?? double.NaN),
        new("accuracy of the top 3", m => m.Multiclass is { TopAccuracies.Count: > 3 } classes ? classes.TopAccuracies[2] : double.NaN, IsPlotted: false, IsOfSegments: false),
        new("AUC", m => m.Auc),
        new("log loss", m => m.LogLoss),
        new("calibration error", m => m.CalibrationError, IsPlotted: false, IsOfSegments: false),
        new("mean error", m => m.Regression?.MeanError ?? double.NaN),
        new("mean absolute error", m => m.Regression?.MeanAbsoluteError ?? double.NaN, IsPlotted: false),
        new("RMSE", m => m.Regression?.RootMeanSquaredError ?? double.NaN),
        new("R²", m => m.Regression?.RSquared ?? double.NaN, IsPlotted: false, IsOfSegments: false),
    ];

    /// <summary>Those that are known of some of the rows.</summary>
    public static IReadOnlyList<Figure> Known(IEnumerable<ModelMetrics> rows) => [.. All.Where(f => rows.Any(r => !double.IsNaN(f.Of(r))))];
}
