namespace KafkaDatasets.Learning;

/// <summary>Checks that a checkpoint, a topic and a learner belong together.</summary>
internal static class CheckpointCheck
{
    /// <exception cref="CheckpointException">The checkpoint is of another topic or label.</exception>
    public static void IsFor(LearningCheckpoint checkpoint, string topic, string label)
    {
        if (checkpoint.Topic != topic || checkpoint.Label != label)
        {
            throw new CheckpointException(FormattableString.Invariant($"Checkpoint {checkpoint.Number} is of topic '{checkpoint.Topic}' with the label '{checkpoint.Label}', not of topic '{topic}' with the label '{label}': give each learner its own place for checkpoints.")) { Location = checkpoint.Location, Topic = topic };
        }
    }

    /// <exception cref="InvalidOptionsException">The dataset's features are not the learner's.</exception>
    /// <exception cref="CheckpointException">The columns have other types.</exception>
    /// <exception cref="DataLossException">The topic was recreated, or is shorter than the checkpoint's positions.</exception>
    public static void Fits(KafkaDataset dataset, LearningCheckpoint? checkpoint, IOnlineLearner learner, string label)
    {
        if (!dataset.Features.SequenceEqual(learner.Features))
        {
            throw new InvalidOptionsException(nameof(KafkaDatasetOptions), [$"{nameof(KafkaDatasetOptions.Features)} are {string.Join(", ", dataset.Features)}, but the learner's are {string.Join(", ", learner.Features)}: they must be the same, in the same order"]);
        }

        if (checkpoint is null)
        {
            return;
        }

        DatasetSnapshot snapshot = dataset.Snapshot;
        if (checkpoint.TopicId is { } id && snapshot.TopicId is { } now && id != now)
        {
            throw new DataLossException($"Topic '{snapshot.Topic}' was deleted and recreated since checkpoint '{checkpoint.Location}': its id was {id} and is {now}. Begin with an empty place for checkpoints.") { Topic = snapshot.Topic };
        }

        foreach (PartitionRange range in snapshot.Partitions)
        {
            if (checkpoint.Positions.TryGetValue(range.Partition, out long position) && position > range.End)
            {
                throw new DataLossException(FormattableString.Invariant($"Topic '{snapshot.Topic}', partition {range.Partition} ends at offset {range.End}, but the learner has learned up to offset {position}: the topic was recreated or truncated since checkpoint '{checkpoint.Location}'. Begin with an empty place for checkpoints."))
                {
                    Topic = snapshot.Topic,
                    Partition = range.Partition,
                    Offset = position,
                };
            }
        }

        IReadOnlyList<string> types = TypesOf(dataset, label);
        if (!types.SequenceEqual(checkpoint.ColumnTypes))
        {
            throw new CheckpointException(FormattableString.Invariant($"Checkpoint {checkpoint.Number} has learned from columns of the types {string.Join(", ", checkpoint.ColumnTypes)}, but the schema of topic '{snapshot.Topic}' now has {string.Join(", ", types)}: read it with the schema as it was, or begin with an empty place for checkpoints.")) { Location = checkpoint.Location, Topic = snapshot.Topic };
        }
    }

    /// <summary>The types of the label and of the features, as text.</summary>
    public static IReadOnlyList<string> TypesOf(KafkaDataset dataset, string label) =>
    [
        .. from column in dataset.Roles.Features.Prepend(dataset.Roles.LabelField).OfType<DatasetColumn>()
           select $"{column.Name}: {column.Type}{(column.IsVector ? FormattableString.Invariant($"[{column.Size}]") : "")}",
    ];
}
