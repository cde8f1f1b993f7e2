namespace KafkaDatasets.Learning;

/// <summary>Checks that a checkpoint, a topic and a learner belong together.</summary>
internal static class CheckpointCheck
{
    private const string TypeSeparator = ": ";

    /// <exception cref="CheckpointException">The checkpoint is of another topic, label or split.</exception>
    public static void IsFor(LearningCheckpoint checkpoint, string topic, string label, DatasetSplit? split)
    {
        if (checkpoint.Topic != topic || checkpoint.Label != label)
        {
            throw new CheckpointException(FormattableString.Invariant($"Checkpoint {checkpoint.Number} is of topic '{checkpoint.Topic}' with the label '{checkpoint.Label}', not of topic '{topic}' with the label '{label}': give each learner its own place for checkpoints.")) { Location = checkpoint.Location, Topic = topic };
        }

        string now = ReadState.NameOf(split) ?? "";
        if (checkpoint.Split is { } learned && learned != now)
        {
            // The rows learned so far would be of one split, and those to come of another: no model that could be learned again from the log.
            throw new CheckpointException(FormattableString.Invariant($"Checkpoint {checkpoint.Number} has learned {RowsOf(learned)} of topic '{topic}', and {nameof(KafkaDatasetOptions)}.{nameof(KafkaDatasetOptions.Split)} is {RowsOf(now)}: set it to what was learned, or begin with an empty place for checkpoints.")) { Location = checkpoint.Location, Topic = topic };
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
            throw Differs(checkpoint, dataset.Schema, [$"it had the columns {string.Join(", ", checkpoint.ColumnTypes)}, and now has {string.Join(", ", types)}"]);
        }
    }

    /// <summary>Checks that a schema has the label and the features that were learned from, before the dataset is bound to it.</summary>
    /// <exception cref="CheckpointException">Columns are missing or have other types; the message names both schemas and each column.</exception>
    public static void FitsSchema(LearningCheckpoint checkpoint, DatasetSchema schema)
    {
        var faults = new List<string>();
        foreach (string was in checkpoint.ColumnTypes)
        {
            string name = was[..was.LastIndexOf(TypeSeparator, StringComparison.Ordinal)];
            if (!schema.TryGetColumn(name, out DatasetColumn? now))
            {
                faults.Add($"'{name}' is missing");
            }
            else if (TypeOf(now) != was)
            {
                faults.Add($"'{name}' was {was[(name.Length + TypeSeparator.Length)..]} and is {TypeOf(now)[(name.Length + TypeSeparator.Length)..]}");
            }
        }

        if (faults.Count > 0)
        {
            throw Differs(checkpoint, schema, faults);
        }
    }

    private static string RowsOf(string split) => split.Length == 0 ? "every row" : $"the split {split}";

    /// <summary>The types of the label and of the features, as text.</summary>
    public static IReadOnlyList<string> TypesOf(KafkaDataset dataset, string label) =>
    [
        .. from column in dataset.Roles.Features.Prepend(dataset.Roles.LabelField).OfType<DatasetColumn>()
           select TypeOf(column),
    ];

    private static string TypeOf(DatasetColumn column) => $"{column.Name}{TypeSeparator}{column.Type}{(column.IsVector ? FormattableString.Invariant($"[{column.Size}]") : "")}";

    private static CheckpointException Differs(LearningCheckpoint checkpoint, DatasetSchema schema, IReadOnlyList<string> faults) => new(
        FormattableString.Invariant($"Checkpoint {checkpoint.Number} has learned from the schema of {Name(checkpoint.SchemaSource, checkpoint.Schema)}, but topic '{checkpoint.Topic}' is now read by the schema of {Name(schema.Source, schema.Name)}, whose columns differ: {string.Join("; ", faults)}. Read the topic by the schema as it was, for example by its version in {nameof(RecordFormat)}.{nameof(RecordFormat.RegistrySubject)}, or begin with an empty place for checkpoints."))
    {
        Location = checkpoint.Location,
        Topic = checkpoint.Topic,
    };

    private static string Name(string source, string record) => source.Length == 0 ? $"record '{record}'" : source;
}
