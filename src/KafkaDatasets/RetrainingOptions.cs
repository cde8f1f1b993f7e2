using KafkaDatasets.Diagnostics;
using Microsoft.ML;

namespace KafkaDatasets;

/// <summary>Options of a retraining loop: what is watched, how a model is trained, and where models are.</summary>
public sealed record RetrainingOptions
{
    /// <summary>
    /// What is watched: scores and labels. The labels topic is also what models are trained from: its records have the features and the label. Only rows of the labels' <see cref="KafkaDatasetOptions.Range"/> and <see cref="KafkaDatasetOptions.Split"/> are used, which must not be by time (<see cref="DatasetSplit.ByTime"/>). <see cref="MonitorOptions.CreateDetector"/> must not be null.
    /// </summary>
    public required MonitorOptions Monitor { get; init; }

    /// <summary>The directory with the models, which scorers watch (<see cref="ModelSource.Directory"/>). The newest file, by name, that can be loaded is the champion.</summary>
    public required string ModelDirectory { get; init; }

    /// <summary>Trains a model from rows with <c>Features</c> and <c>Label</c>. It must give the columns that trainers give: <c>Score</c>, and <c>PredictedLabel</c> unless a number is predicted.</summary>
    public required Func<IDataView, CancellationToken, Task<ITransformer>> TrainAsync { get; init; }

    /// <summary>The name of new models: the first is <c>model-1.zip</c>, or the one after the highest number in the directory. It must come after the champion's by name, as <c>model-2</c> comes after <c>model-1</c>. Default <c>model</c>.</summary>
    public string ModelName { get; init; } = "model";

    /// <summary>The share of the rows since the change that no model is trained from: champion and challenger are compared on them. They are chosen by a hash of the position, or by that of the labels' <see cref="KafkaDatasetOptions.Split"/>, so that rows of one key stay together. Default 0.3.</summary>
    public double HoldOut { get; init; } = 0.3;

    /// <summary>The number of rows with a label, since the change, that are waited for before a model is trained. Default 10,000.</summary>
    public int MinRows { get; init; } = 10_000;

    /// <summary>By how much the challenger must be better than the champion to be promoted: in AUC for two classes, in accuracy for several, in R² for a number. Default 0: by anything.</summary>
    public double MinGain { get; init; }

    /// <summary>How often the figures are looked at. Default 1 second.</summary>
    public TimeSpan CheckInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The context in which models are loaded and evaluated; null creates one.</summary>
    public MLContext? MLContext { get; init; }

    /// <exception cref="InvalidOptionsException">The options are invalid; the message lists every problem found.</exception>
    internal void Validate()
    {
        using InvariantCulture culture = InvariantCulture.Use();
        var faults = new List<string>();
        if (Monitor is { CreateDetector: null })
        {
            faults.Add($"{nameof(Monitor)}.{nameof(MonitorOptions.CreateDetector)} is null: nothing would find a change");
        }

        if (Monitor?.Labels?.Split is DatasetSplit.TimeSplit split)
        {
            faults.Add($"{nameof(Monitor)}.{nameof(MonitorOptions.Labels)}.{nameof(KafkaDatasetOptions.Split)} is {split}, and rows are held out by a hash: choose a time by {nameof(KafkaDatasetOptions.Range)} ({nameof(TopicRange)}.{nameof(TopicRange.Timestamps)}), or, with {nameof(MonitorOptions.Live)}, by {nameof(LiveOptions)}.{nameof(LiveOptions.StartAt)}");
        }

        if (string.IsNullOrWhiteSpace(ModelDirectory))
        {
            faults.Add($"{nameof(ModelDirectory)} is empty: name the directory that scorers take models from");
        }

        if (string.IsNullOrWhiteSpace(ModelName) || ModelName.AsSpan().IndexOfAny(Path.GetInvalidFileNameChars()) >= 0)
        {
            faults.Add($"{nameof(ModelName)} is '{ModelName}': give a name that a file can have");
        }

        if (!(HoldOut is > 0 and < 1))
        {
            faults.Add($"{nameof(HoldOut)} is {HoldOut}: it lies between 0 and 1");
        }

        if (MinRows < 2)
        {
            faults.Add($"{nameof(MinRows)} is {MinRows}: at least 2 rows are needed, one to train from and one to compare on");
        }

        if (!(MinGain >= 0))
        {
            faults.Add($"{nameof(MinGain)} is {MinGain}: it must not be negative");
        }

        if (CheckInterval <= TimeSpan.Zero)
        {
            faults.Add($"{nameof(CheckInterval)} is {CheckInterval}: it must be positive");
        }

        InvalidOptionsException.ThrowIfAny(nameof(RetrainingOptions), faults);
    }
}
