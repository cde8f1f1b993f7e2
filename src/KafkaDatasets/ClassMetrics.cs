namespace KafkaDatasets;

/// <summary>How well a model predicts one of several classes.</summary>
/// <param name="Name">The class.</param>
/// <param name="Rows">The number of rows whose label is this class.</param>
/// <param name="Predicted">The number of rows that were predicted as this class.</param>
/// <param name="Precision">The share of the rows predicted as this class whose label it is; NaN if there are none.</param>
/// <param name="Recall">The share of the class's rows that were predicted as it; NaN if there are none.</param>
/// <param name="LogLoss">The log loss of the class's rows; NaN if there are none, or if the scores are not probabilities.</param>
public sealed record ClassMetrics(string Name, long Rows, long Predicted, double Precision, double Recall, double LogLoss)
{
    /// <summary>The harmonic mean of precision and recall; NaN unless both are known, and 0 if no row was predicted rightly.</summary>
    public double F1 => Precision + Recall == 0 ? 0 : 2 * Precision * Recall / (Precision + Recall);
}
