namespace KafkaDatasets;

/// <summary>The state of an online learner after whole batches of rows: the model with its optimizer's state, the offsets up to which it has learned, the schemas, the metrics and the drift detector, as one unit.</summary>
public sealed class LearningCheckpoint
{
    internal LearningCheckpoint()
    {
    }

    /// <summary>The number of the checkpoint, from 1; the highest is the newest.</summary>
    public required long Number { get; init; }

    /// <summary>When it was written, by the learner's clock. Nothing depends on it.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The topic that the learner learns from.</summary>
    public required string Topic { get; init; }

    /// <summary>The topic's id (KIP-516), or null when the broker has none.</summary>
    public required Guid? TopicId { get; init; }

    /// <summary>The id of the consumer group.</summary>
    public required string GroupId { get; init; }

    /// <summary>The number of rows that the learner has learned.</summary>
    public required long Rows { get; init; }

    /// <summary>For each partition, the offset after the last one that has been learned: where learning continues.</summary>
    public required IReadOnlyDictionary<int, long> Positions { get; init; }

    /// <summary>The name of the learner's algorithm.</summary>
    public required string Learner { get; init; }

    /// <summary>The algorithm's settings.</summary>
    public required string Settings { get; init; }

    /// <summary>The names of the features.</summary>
    public required IReadOnlyList<string> Features { get; init; }

    /// <summary>What the learner predicts.</summary>
    public required OnlineTask Task { get; init; }

    /// <summary>The name of the label's field.</summary>
    public required string Label { get; init; }

    /// <summary>The name of the record of the dataset's schema.</summary>
    public required string Schema { get; init; }

    /// <summary>Where the dataset's schema came from: its subject, version and id in the registry, or the options. Empty if an earlier version of the library wrote the checkpoint.</summary>
    public string SchemaSource { get; init; } = "";

    /// <summary>The ids of the schemas that the records read up to the checkpoint were written with, in ascending order; none if records carry no ids, or an earlier version of the library wrote the checkpoint.</summary>
    public IReadOnlyList<WriterSchemaId> WriterSchemas { get; init; } = [];

    /// <summary>The type of each feature's column and of the label's column in the dataset's schema, as text; learning from a schema with other types is refused.</summary>
    public required IReadOnlyList<string> ColumnTypes { get; init; }

    /// <summary>The metrics of all rows up to the checkpoint.</summary>
    public required PrequentialMetrics Metrics { get; init; }

    /// <summary>The state of the drift detector as <see cref="DriftDetector.ToJson"/> gives it; null if there is none.</summary>
    public string? Detector { get; init; }

    /// <summary>Where the checkpoint is: the path of its file, or its topic with partition and offset.</summary>
    public string Location { get; internal set; } = "";

    /// <summary>The split that is learned, as <see cref="ReadState.NameOf"/> names it; empty for every row. Null if an earlier version of the library wrote the checkpoint.</summary>
    internal string? Split { get; init; }

    internal bool IsCalibrated { get; init; }

    internal byte[] LearnerState { get; init; } = [];

    internal byte[] MetricsState { get; init; } = [];

    /// <summary>Loads the saved state into a learner.</summary>
    /// <param name="learner">A learner with the same algorithm, settings and features.</param>
    /// <exception cref="CheckpointException">The checkpoint is of another learner; the message says what differs.</exception>
    public void Restore(IOnlineLearner learner)
    {
        ArgumentNullException.ThrowIfNull(learner);
        try
        {
            learner.Load(new MemoryStream(LearnerState, writable: false));
        }
        catch (FormatException e)
        {
            throw new CheckpointException(FormattableString.Invariant($"Checkpoint {Number} cannot be loaded: {e.Message} Create the learner as it was, or begin with an empty place for checkpoints."), e) { Location = Location, Topic = Topic };
        }
    }

    /// <summary>Describes the checkpoint.</summary>
    /// <returns>Its number, the learner, the rows and the place.</returns>
    public override string ToString() => FormattableString.Invariant($"checkpoint {Number} of {Learner} after {Rows} rows of {Topic}: {Location}");
}
