using System.Globalization;

namespace SusyDemo.Evaluation;

/// <summary>How well a model does on rows it was not trained with.</summary>
/// <param name="Rows">How many rows.</param>
/// <param name="Accuracy">The share that is right; NaN of no rows.</param>
/// <param name="Roc">The ROC curve and the area under it.</param>
internal sealed record TestReport(long Rows, double Accuracy, RocCurve Roc)
{
    /// <summary>The line that sums it up.</summary>
    public string Summary(string model) =>
        string.Create(CultureInfo.InvariantCulture, $"test: {model} accuracy {Accuracy:F4} AUC {Roc.Area:F4} rows {Rows}");
}
