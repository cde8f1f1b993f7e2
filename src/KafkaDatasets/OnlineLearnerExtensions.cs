using KafkaDatasets.Learning;
using Microsoft.ML;

namespace KafkaDatasets;

/// <summary>Shortcuts for online learners.</summary>
public static class OnlineLearnerExtensions
{
    /// <summary>Learns from the features and labels of a batch of tensors.</summary>
    /// <param name="learner">The learner.</param>
    /// <param name="batch">The batch, whose features are those of the learner.</param>
    /// <returns>The score of each row before the model learned from it.</returns>
    /// <exception cref="ArgumentException">The batch has another number of features than the learner.</exception>
    /// <example><code>float[] scores = OnlineLearner.Ftrl(OnlineTask.BinaryClassification, dataset.Features).Learn(batch);</code></example>
    public static float[] Learn(this IOnlineLearner learner, TensorBatch batch)
    {
        ArgumentNullException.ThrowIfNull(learner);
        ArgumentNullException.ThrowIfNull(batch);
        ReadOnlySpan<float> features = LearnedRows.Flat(batch.Features);
        if (features.Length != (long)batch.Rows * learner.Features.Count)
        {
            throw new ArgumentException(FormattableString.Invariant($"The batch has {features.Length / Math.Max(1, batch.Rows)} features, the learner {learner.Features.Count}: name the learner's features in {nameof(KafkaDatasetOptions)}.{nameof(KafkaDatasetOptions.Features)}."), nameof(batch));
        }

        float[] scores = new float[batch.Rows];
        learner.Learn(features, LearnedRows.Flat(batch.Labels), scores);
        return scores;
    }

    /// <summary>Saves the model as it is now as a model file of ML.NET, with the names of its features.</summary>
    /// <param name="learner">The learner.</param>
    /// <param name="ml">The context.</param>
    /// <param name="path">The file's path.</param>
    /// <example><code>OnlineLearner.Ftrl(OnlineTask.Regression, ["Amount"]).SaveModel(ml, "model.zip");</code></example>
    public static void SaveModel(this IOnlineLearner learner, MLContext ml, string path)
    {
        ArgumentNullException.ThrowIfNull(learner);
        ArgumentNullException.ThrowIfNull(ml);
        ArgumentException.ThrowIfNullOrEmpty(path);
        ml.Model.Save(learner.ToTransformer(ml), learner.InputSchema(), path);
    }

    /// <summary>Returns the schema of the view that the learner's model transforms: <c>Label</c>, and <c>Features</c> with the names of the features.</summary>
    /// <param name="learner">The learner.</param>
    /// <returns>The schema.</returns>
    /// <example><code>DataViewSchema schema = OnlineLearner.Ftrl(OnlineTask.Regression, ["Amount"]).InputSchema();</code></example>
    public static DataViewSchema InputSchema(this IOnlineLearner learner)
    {
        ArgumentNullException.ThrowIfNull(learner);
        return RowsView.Of(learner.Task, learner.Features, [], []).Schema;
    }
}
