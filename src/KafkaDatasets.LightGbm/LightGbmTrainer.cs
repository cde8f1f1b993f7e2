using KafkaDatasets.LightGbm.Training;

namespace KafkaDatasets.LightGbm;

/// <summary>Trains LightGBM models from a range of a topic, with one process or with several that each load a part of the rows.</summary>
public static class LightGbmTrainer
{
    /// <summary>
    /// Trains a model. Every rank of <see cref="LightGbmOptions.World"/> calls this with the same topic and options, and gets the same model. Rank 0 resolves the range, and all ranks read its snapshot.
    /// The kind of <see cref="KafkaDatasetOptions.Label"/> decides what is trained: binary classification, regression, or multiclass classification.
    /// </summary>
    /// <param name="topic">The topic.</param>
    /// <param name="dataset">How the topic is read, with the label, the features, and the split to train from.</param>
    /// <param name="options">What is trained. Default null: 100 iterations in this process alone.</param>
    /// <param name="cancellationToken">Cancels the training, on all ranks: the others throw a <see cref="RankLostException"/>.</param>
    /// <returns>The model.</returns>
    /// <exception cref="InvalidOptionsException">The options are invalid; the message lists every problem found.</exception>
    /// <exception cref="RankLostException">Another rank ended, failed, or stopped responding.</exception>
    /// <exception cref="LightGbmException">LightGBM reports an error, or the rows cannot be trained from.</exception>
    /// <exception cref="KafkaDatasetException">The topic cannot be read.</exception>
    /// <example>
    /// <code>
    /// LightGbmModel model = await LightGbmTrainer.TrainAsync("payments", options with { Label = LabelColumn.Binary("IsFraud") }, new LightGbmOptions
    /// {
    ///     World = LightGbmWorld.FromEnvironment(),
    ///     Iterations = 200,
    /// });
    /// ITransformer transformer = model.ToTransformer(ml);
    /// </code>
    /// </example>
    public static async Task<LightGbmModel> TrainAsync(string topic, KafkaDatasetOptions dataset, LightGbmOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(topic);
        ArgumentNullException.ThrowIfNull(dataset);
        options ??= new LightGbmOptions();
        options.Validate(dataset);
        cancellationToken.ThrowIfCancellationRequested();
        var run = new TrainingRun(topic, dataset, options, cancellationToken);
        return await Task.Factory.StartNew(run.Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
    }
}
