namespace KafkaDatasets;

/// <summary>Options of a monitor: where scores and labels are, how they are joined, and where the figures go.</summary>
public sealed record MonitorOptions
{
    /// <summary>The topic with the scores.</summary>
    public required string ScoresTopic { get; init; }

    /// <summary>The cluster, and what a score is. The columns <see cref="Probability"/>, <see cref="Score"/> and <see cref="PredictedLabel"/> are read as far as the topic has them. <see cref="KafkaDatasetOptions.Label"/> and <see cref="KafkaDatasetOptions.Features"/> are not used, so the options of the input can be given if both topics have the same format.</summary>
    public required KafkaDatasetOptions Scores { get; init; }

    /// <summary>The topic with the labels. It can be the input topic itself, if its records have the label.</summary>
    public required string LabelsTopic { get; init; }

    /// <summary>The cluster, and what a labelled row is. The kind of <see cref="KafkaDatasetOptions.Label"/> says what is predicted: one of two classes, one of several, or a number.</summary>
    public required KafkaDatasetOptions Labels { get; init; }

    /// <summary>By what a score's label is found. Default <see cref="LabelJoinKey.InputPosition"/>.</summary>
    public LabelJoinKey JoinBy { get; init; } = LabelJoinKey.InputPosition;

    /// <summary>
    /// How far apart in event time a score and its label may be, and how late records may arrive. Figures of live topics follow twice this time behind the present.
    /// The event time of a score is its input's, if it has the header <c>kafkadatasets.input.timestamp</c>; otherwise the record's. Default 10 minutes.
    /// </summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The maximum number of rows that are held: those that wait for a label or a score, and those that are counted, whose label waits for scores of other versions. They take about 200 bytes each, and 4 more for each of several classes. Of more, the oldest are counted as they are; of live topics, the one that is ahead waits for the other one before. Default 5,000,000.</summary>
    public int MaxWaitingRows { get; init; } = 5_000_000;

    /// <summary>How rows are grouped for figures over time. Default 10,000 rows.</summary>
    public MonitorWindow Window { get; init; } = MonitorWindow.Rows(10_000);

    /// <summary>The column of the scores with the probability of the positive class; of several classes, a vector with the probability of each. Default <c>Probability</c>.</summary>
    public string Probability { get; init; } = "Probability";

    /// <summary>
    /// The column of the scores with the raw score, which is used if there is no probability: AUC, and a positive class above zero. Of several classes, a vector with the score of each, which is a probability with most
    /// trainers of ML.NET, or a record with a field for each class (<c>Score.cat</c>, <c>Score.dog</c>). Of a number, the predicted number. Default <c>Score</c>.
    /// </summary>
    public string Score { get; init; } = "Score";

    /// <summary>
    /// The column of the scores with the predicted class: for two classes a number or a Boolean, for several an enum, a text or an integer with the name of a category. If there is none, it is positive from a probability of 0.5, or the
    /// class with the highest score. Default <c>PredictedLabel</c>.
    /// </summary>
    public string PredictedLabel { get; init; } = "PredictedLabel";

    /// <summary>
    /// The classes in the order of the scores of a vector, for a model that was trained with another order than that of the label's categories, or with fewer of them. Default null: the label's categories.
    /// </summary>
    public IReadOnlyList<string>? ScoreClasses { get; init; }

    /// <summary>A column of the scores or of the labels; figures are also computed for each of its values. Texts longer than 200 characters are cut. Default null: none.</summary>
    public string? Segment { get; init; }

    /// <summary>Creates the detector of changes in a version's errors: 1 for a wrong class and 0 for a right one, or the distance of a predicted number. Default ADWIN; null for none.</summary>
    public Func<DriftDetector>? CreateDetector { get; init; } = () => DriftDetector.Adwin();

    /// <summary>The profile of the rows that the model was trained from: the latest rows of the labels topic are compared with its columns. Default null: none.</summary>
    public ReferenceProfile? Reference { get; init; }

    /// <summary>The distances from which a column has drifted.</summary>
    public DriftThresholds Thresholds { get; init; } = new();

    /// <summary>The number of latest rows that are compared with <see cref="Reference"/>. Default 100,000.</summary>
    public int ReferenceRows { get; init; } = 100_000;

    /// <summary>
    /// Follows the topics as they grow, as a member of the consumer groups <c>GroupId.scores</c> and <c>GroupId.labels</c>; nothing is committed. Default null: reads the ranges of <see cref="Scores"/> and
    /// <see cref="Labels"/> once.
    /// </summary>
    public LiveOptions? Live { get; init; }

    /// <summary>When following the topics ends: a condition of both topics. Default <see cref="StopAt.Never"/>.</summary>
    public StopAt StopAt { get; init; } = StopAt.Never;

    /// <summary>The topic that the figures of each window are written to, as JSON, on the cluster of <see cref="Scores"/>; it is created if it does not exist. Default null: none.</summary>
    public string? ResultsTopic { get; init; }

    /// <summary>The file that the HTML page is written to, at the end and while topics are followed every 10 seconds. Default null: none.</summary>
    public string? ReportFile { get; init; }

    /// <summary>The clock and timers. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <exception cref="InvalidOptionsException">The options are invalid; the message lists every problem found.</exception>
    internal void Validate()
    {
        var faults = new List<string>();
        if (string.IsNullOrWhiteSpace(ScoresTopic))
        {
            faults.Add($"{nameof(ScoresTopic)} is empty: name the topic with the scores");
        }

        if (string.IsNullOrWhiteSpace(LabelsTopic))
        {
            faults.Add($"{nameof(LabelsTopic)} is empty: name the topic with the labels");
        }
        else if (LabelsTopic == ScoresTopic)
        {
            faults.Add($"{nameof(LabelsTopic)} and {nameof(ScoresTopic)} are both '{LabelsTopic}': scores have no labels; name the input topic, or the topic with the labels");
        }

        if (ResultsTopic is not null && (string.IsNullOrWhiteSpace(ResultsTopic) || ResultsTopic == ScoresTopic || (ResultsTopic == LabelsTopic && Labels?.BootstrapServers == Scores?.BootstrapServers)))
        {
            faults.Add($"{nameof(ResultsTopic)} is '{ResultsTopic}': name a topic of its own");
        }

        if (ReportFile is not null && string.IsNullOrWhiteSpace(ReportFile))
        {
            faults.Add($"{nameof(ReportFile)} is empty: name a file, or leave it null");
        }

        if (Labels?.Label is null)
        {
            faults.Add($"{nameof(Labels)} has no label: set it to {nameof(LabelColumn)}.{nameof(LabelColumn.Binary)}, {nameof(LabelColumn.Category)} or {nameof(LabelColumn.Regression)}");
        }
        else if (Labels.Label.Kind == LabelKind.Regression && CreateDetector?.Invoke() is { AcceptsAnyNumber: false } detector)
        {
            faults.Add($"{nameof(CreateDetector)} creates {detector.RefusalOf($"{Labels.Label} is a number")}");
        }

        if (ScoreClasses is not null && Labels?.Label is { Kind: not LabelKind.Category })
        {
            faults.Add($"{nameof(ScoreClasses)} is set, but {Labels.Label} is not one of several classes: leave it null");
        }

        if (ScoreClasses is { Count: 0 } || ScoreClasses?.Distinct().Count() < ScoreClasses?.Count)
        {
            faults.Add($"{nameof(ScoreClasses)} is {(ScoreClasses!.Count == 0 ? "empty" : "naming a class twice")}: name each class of the scores once, in their order");
        }

        if (Scores is null)
        {
            faults.Add($"{nameof(Scores)} is null");
        }

        if (Grace < TimeSpan.Zero || Grace > TimeSpan.FromDays(3650))
        {
            faults.Add($"{nameof(Grace)} is {Grace}: it lies between 0 and 3650 days");
        }

        if (MaxWaitingRows < 1)
        {
            faults.Add(FormattableString.Invariant($"{nameof(MaxWaitingRows)} is {MaxWaitingRows}, less than 1"));
        }

        if (ReferenceRows < 1)
        {
            faults.Add(FormattableString.Invariant($"{nameof(ReferenceRows)} is {ReferenceRows}, less than 1"));
        }

        if (JoinBy is null || Window is null || Thresholds is null || StopAt is null || TimeProvider is null)
        {
            faults.Add($"{nameof(JoinBy)}, {nameof(Window)}, {nameof(Thresholds)}, {nameof(StopAt)} and {nameof(TimeProvider)} must not be null");
        }

        if (Live is null && StopAt != StopAt.Never)
        {
            faults.Add($"{nameof(StopAt)} is set without {nameof(Live)}: a bounded read ends at the end of its range");
        }

        if (StopAt is StopAt.OffsetsStop)
        {
            faults.Add($"{nameof(StopAt)} is by offsets, which the two topics do not share: choose a time, or {nameof(KafkaDatasets.StopAt.CaughtUp)}");
        }

        InvalidOptionsException.ThrowIfAny(nameof(MonitorOptions), faults);
        Thresholds!.Validate();
    }
}
