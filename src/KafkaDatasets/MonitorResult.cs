using KafkaDatasets.Diagnostics;
using KafkaDatasets.Monitoring.Reports;

namespace KafkaDatasets;

/// <summary>What a monitor has found: figures of each model version, how many records were joined, and how the inputs have drifted.</summary>
public sealed class MonitorResult
{
    internal MonitorResult(IReadOnlyList<ModelReport> models) => Models = models;

    /// <summary>The model versions, sorted by name.</summary>
    public IReadOnlyList<ModelReport> Models { get; }

    /// <summary>The number of scores that were read.</summary>
    public required long Scores { get; init; }

    /// <summary>The number of labels that were read.</summary>
    public required long Labels { get; init; }

    /// <summary>The number of scores that cannot be used: those without a prediction, those without the position or key that they are joined by, and those with a position in another input topic than the labels have.</summary>
    public required long UnusableScores { get; init; }

    /// <summary>The number of records of the labels topic without a label, or without the position or the key that they are joined by.</summary>
    public required long UnusableLabels { get; init; }

    /// <summary>The number of scores of a row that has one of the same version already; each row counts once.</summary>
    public required long DoubledScores { get; init; }

    /// <summary>The number of labels of a row that has one already; the first one counts.</summary>
    public required long DoubledLabels { get; init; }

    /// <summary>The number of scores that arrived later than the grace period allows; they are in no figure.</summary>
    public required long LateScores { get; init; }

    /// <summary>The number of labels that were joined with no score: of rows that were not scored, doubled, or too late.</summary>
    public required long UnusedLabels { get; init; }

    /// <summary>The number of rows that wait for a label or a score now: they are in no figure yet, and a score and its label are one. Rows that have been counted, whose label a monitor still holds for scores of other versions, are not among them.</summary>
    public required long Waiting { get; init; }

    /// <summary>The latest rows of the labels topic, compared with <see cref="MonitorOptions.Reference"/>; null without a reference or without rows.</summary>
    public ProfileComparison? Drift { get; init; }

    /// <summary>Returns the result as one HTML page with plots, which loads nothing from elsewhere.</summary>
    /// <param name="title">The page's title.</param>
    /// <returns>The HTML.</returns>
    public string ToHtml(string title = "Model monitoring")
    {
        ArgumentNullException.ThrowIfNull(title);
        using InvariantCulture culture = InvariantCulture.Use();
        return HtmlReport.Of(this, title);
    }
}
