using KafkaDatasets.Diagnostics;
using KafkaDatasets.Learning;
using KafkaDatasets.Ranges;

namespace KafkaDatasets;

/// <summary>Options of an <see cref="OnlineTrainer"/>.</summary>
public sealed record OnlineTrainerOptions
{
    /// <summary>The consumer group, and where learning starts while there is no checkpoint. A group has one learner; each learner has a group of its own.</summary>
    public required LiveOptions Live { get; init; }

    /// <summary>Where checkpoints are kept.</summary>
    public required CheckpointStore Checkpoints { get; init; }

    /// <summary>A checkpoint is written after at least this many rows. Default 1,000,000.</summary>
    public long CheckpointRows { get; init; } = 1_000_000;

    /// <summary>A checkpoint is written when rows have been learned for this long since the last one. Default one minute.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The maximum number of rows in a batch. Default 1000.</summary>
    public int BatchSize { get; init; } = 1000;

    /// <summary>How long a batch that is not full waits for more rows. Default 100 milliseconds.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Detects changes in the learner's errors: 1 or 0 for each wrongly or correctly predicted row, or the absolute error of a regression. Its state is part of checkpoints, and is restored from them. Default null: none.
    /// </summary>
    public DriftDetector? Detector { get; init; }

    /// <summary>Receives the progress, at most every 100 ms, and at the end of a run, also of one that was cancelled. Default null.</summary>
    public IProgress<OnlineProgress>? Progress { get; init; }

    /// <exception cref="InvalidOptionsException">The options are invalid; the message lists every problem found.</exception>
    internal void Validate(string topic, KafkaDatasetOptions dataset, IOnlineLearner learner)
    {
        var faults = new List<string>();
        if (Live is null)
        {
            faults.Add($"{nameof(Live)} is null: name the consumer group");
        }
        else if (Live.StartOffset is not null)
        {
            faults.Add($"{nameof(Live)}.{nameof(LiveOptions.StartOffset)} is set, but the trainer starts where its checkpoint ends: leave it out");
        }

        if (Checkpoints is null)
        {
            faults.Add($"{nameof(Checkpoints)} is null: choose {nameof(CheckpointStore)}.{nameof(CheckpointStore.Directory)} or {nameof(CheckpointStore)}.{nameof(CheckpointStore.Topic)}");
        }
        else if (Checkpoints is TopicCheckpoints { CheckpointTopic: var kept })
        {
            if (kept == topic)
            {
                faults.Add($"{nameof(Checkpoints)} are in topic '{kept}', which is learned from: the learner would read its own checkpoints as rows; name a topic of its own");
            }

            if (TopicName.FaultOf(kept) is { } nameFault)
            {
                faults.Add($"{nameof(Checkpoints)}: {nameFault}");
            }
        }

        if (CheckpointRows < 1)
        {
            faults.Add(FormattableString.Invariant($"{nameof(CheckpointRows)} is {CheckpointRows}, less than 1"));
        }

        if (CheckpointInterval <= TimeSpan.Zero || CheckpointInterval > TimeFaults.Longest)
        {
            faults.Add($"{nameof(CheckpointInterval)} is {CheckpointInterval}: it lies between 0 and 24 days");
        }

        if (BatchSize < 1)
        {
            faults.Add(FormattableString.Invariant($"{nameof(BatchSize)} is {BatchSize}, less than 1"));
        }

        TimeFaults.CheckDelay(MaxDelay, nameof(MaxDelay), faults);

        LabelKind wanted = learner.Task == OnlineTask.BinaryClassification ? LabelKind.Binary : LabelKind.Regression;
        if (dataset.Label is not { } label)
        {
            faults.Add($"{nameof(KafkaDatasetOptions)}.{nameof(KafkaDatasetOptions.Label)} is null: name the field to learn");
        }
        else if (label.Kind != wanted)
        {
            faults.Add($"{nameof(KafkaDatasetOptions)}.{nameof(KafkaDatasetOptions.Label)} is of the kind {label.Kind}, but the learner {learner.Name} needs {wanted}");
        }

        if (learner.Task == OnlineTask.Regression && Detector is { AcceptsAnyNumber: false })
        {
            faults.Add($"{nameof(Detector)} is {Detector.RefusalOf($"the learner {learner.Name} learns a number")}");
        }

        InvalidOptionsException.ThrowIfAny(nameof(OnlineTrainerOptions), faults);
    }
}
