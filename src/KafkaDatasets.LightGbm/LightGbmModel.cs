using KafkaDatasets.LightGbm.Engine;
using KafkaDatasets.LightGbm.Models;
using Microsoft.ML;

namespace KafkaDatasets.LightGbm;

/// <summary>A trained LightGBM model, the same on every rank.</summary>
public sealed class LightGbmModel
{
    private readonly IReadOnlyList<string> _categories;
    private readonly Objective _objective;
    private readonly bool _hasColumns;

    internal LightGbmModel(string text, LabelKind label, Objective objective, IReadOnlyList<string> features, IReadOnlyList<string> categories, bool hasColumns)
    {
        Text = text;
        Label = label;
        _objective = objective;
        Features = features;
        _categories = categories;
        _hasColumns = hasColumns;
    }

    /// <summary>The model in LightGBM's own text format, which every LightGBM library reads.</summary>
    public string Text { get; }

    /// <summary>The kind of label that the model predicts.</summary>
    public LabelKind Label { get; }

    /// <summary>The features, in the model's order.</summary>
    public IReadOnlyList<string> Features { get; }

    /// <summary>The number of iterations that the model has.</summary>
    public required int Iterations { get; init; }

    /// <summary>The number of rows that all ranks trained from.</summary>
    public required long Rows { get; init; }

    /// <summary>
    /// The loss on the validation rows after each iteration, including those after <see cref="Iterations"/> when training was stopped early: the mean log loss for classification, the mean squared error for regression, 1 − NDCG@10 for ranking.
    /// Empty without <see cref="LightGbmOptions.Validation"/>.
    /// </summary>
    public required IReadOnlyList<double> ValidationLosses { get; init; }

    /// <summary>The snapshot of the topic that the model was trained from.</summary>
    public required DatasetSnapshot Snapshot { get; init; }

    /// <summary>
    /// Converts the model to an ML.NET transformer, which adds the columns <c>Score</c>, <c>PredictedLabel</c> (for classification) and <c>Probability</c> (for binary classification) to a view with the column <c>Features</c>.
    /// A model that splits by categories reads each feature from the column of its name instead; if some are no columns, such as the items of a vector, only those with categories.
    /// </summary>
    /// <param name="ml">The context.</param>
    /// <returns>The transformer, which <c>ml.Model.Save</c> saves.</returns>
    /// <example><code>IDataView scored = model.ToTransformer(ml).Transform(KafkaDataView.FromTopic(ml, "payments", options));</code></example>
    public ITransformer ToTransformer(MLContext ml)
    {
        ArgumentNullException.ThrowIfNull(ml);
        return TransformerFactory.Create(ml, Text, _objective, Features, _categories, _hasColumns);
    }
}
