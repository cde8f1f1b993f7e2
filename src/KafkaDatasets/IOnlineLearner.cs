using Microsoft.ML;

namespace KafkaDatasets;

/// <summary>A model that learns from rows as they arrive, and whose complete state can be saved. <see cref="OnlineLearner"/> creates the built-in learners.</summary>
/// <remarks>
/// <para>A learner must be deterministic: the same state and the same calls give the same state, bit for bit. A learner that is restored by <see cref="Load"/> continues as if it had never stopped.</para>
/// <para>A learner of your own need not be thread-safe: an <see cref="OnlineTrainer"/> calls it from one thread at a time. The learners of <see cref="OnlineLearner"/> are: calls wait for each other, so that <see cref="ToTransformer"/> returns a whole model while a trainer learns.</para>
/// </remarks>
/// <example>
/// <code>
/// IOnlineLearner learner = OnlineLearner.Ftrl(OnlineTask.BinaryClassification, ["Amount", "Items"]);
/// float[] scores = new float[2];
/// learner.Learn([12.5f, 3, 80, 1], [0, 1], scores);   // two rows of two features, and their labels
/// </code>
/// </example>
public interface IOnlineLearner
{
    /// <summary>The name of the algorithm, for example <c>ftrl-logistic</c>.</summary>
    string Name { get; }

    /// <summary>The algorithm's settings as text. A state that was saved with other settings cannot be loaded.</summary>
    string Settings { get; }

    /// <summary>What the learner predicts.</summary>
    OnlineTask Task { get; }

    /// <summary>The names of the features, in the order in which rows hold them.</summary>
    IReadOnlyList<string> Features { get; }

    /// <summary>Whether the logistic function of a score, 1 / (1 + exp(−score)), is a probability.</summary>
    bool IsCalibrated { get; }

    /// <summary>The number of rows that the learner has learned from, without those that have no label.</summary>
    long Rows { get; }

    /// <summary>Learns from a batch of rows.</summary>
    /// <param name="features">The features, row by row, of length rows × <see cref="Features"/>; NaN is a missing value.</param>
    /// <param name="labels">The label of each row: 0 or 1, or a number; a row whose label is NaN is scored, but not learned.</param>
    /// <param name="scores">
    /// Receives the score of each row as the model gave it before it learned from that row (test, then train): learners that learn row by row have then learned from the rows before it,
    /// others from the batches before it.
    /// </param>
    void Learn(ReadOnlySpan<float> features, ReadOnlySpan<float> labels, Span<float> scores);

    /// <summary>Scores rows without learning from them.</summary>
    /// <param name="features">The features, row by row.</param>
    /// <param name="scores">Receives the score of each row.</param>
    void Score(ReadOnlySpan<float> features, Span<float> scores);

    /// <summary>Writes the complete state: the model, and whatever the algorithm needs in order to continue.</summary>
    /// <param name="stream">Where to write.</param>
    void Save(Stream stream);

    /// <summary>Replaces the state by one that <see cref="Save"/> wrote.</summary>
    /// <param name="stream">What was written, and nothing after it.</param>
    /// <exception cref="FormatException">It is not a state of this learner, with the same features and settings; the message says why.</exception>
    void Load(Stream stream);

    /// <summary>Returns the model as it is now, as an ML.NET transformer of the column <c>Features</c> into <c>Score</c>, and, for two classes, <c>PredictedLabel</c> and, if calibrated, <c>Probability</c>.</summary>
    /// <param name="ml">The context in which the transformer is used.</param>
    /// <returns>The transformer, which later learning does not change.</returns>
    ITransformer ToTransformer(MLContext ml);
}
