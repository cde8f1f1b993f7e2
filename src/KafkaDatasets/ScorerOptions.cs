using KafkaDatasets.Diagnostics;
using KafkaDatasets.Ranges;

namespace KafkaDatasets;

/// <summary>Options of a scorer.</summary>
public sealed record ScorerOptions
{
    /// <summary>The id of the consumer group. Start the same scorer more than once to share the topic's partitions. The ids of transactions (<c>transactional.id</c>) begin with it.</summary>
    public required string GroupId { get; init; }

    /// <summary>The topic that scores are written to; it is created if it does not exist.</summary>
    public required string OutputTopic { get; init; }

    /// <summary>Where models come from. The scorer disposes it.</summary>
    public required IModelSource Model { get; init; }

    /// <summary>How often a row's score can appear in the output. Default <see cref="Delivery.ExactlyOnce"/>, which needs a real cluster: the embedded broker supports only <see cref="Delivery.AtLeastOnce"/>.</summary>
    public Delivery Delivery { get; init; } = Delivery.ExactlyOnce;

    /// <summary>
    /// How scores are written: format, schemas, client settings, and the settings of topics that are created. The cluster must be that of the input; <see cref="KafkaWriterOptions.Key"/> must be null,
    /// since scores have the keys of their inputs. Default null: as Avro, if the dataset has a schema registry client, or else as JSON without schema; a new topic has as many partitions as the input.
    /// </summary>
    public KafkaWriterOptions? Writer { get; init; }

    /// <summary>The columns of the model's output that are written. Default null: those of <c>PredictedLabel</c>, <c>Score</c> and <c>Probability</c> that the model has.</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <summary>The columns of the input that are written too, for example <c>Timestamp</c>. Default none.</summary>
    public IReadOnlyList<string> PassThrough { get; init; } = [];

    /// <summary>Which partition of the output a score is written to. Default <see cref="ScorePartitioning.Auto"/>.</summary>
    public ScorePartitioning Partitioning { get; init; } = ScorePartitioning.Auto;

    /// <summary>
    /// The topic for records that cannot be decoded, or whose scores the output topic does not accept (too large, for example): with their key, value and headers as they are, and headers with position and error (<see cref="ScoreHeaders"/>), in the same transaction as the scores around them.
    /// It is created if it does not exist. Default null: <see cref="KafkaDatasetOptions.OnBadRecord"/> decides.
    /// </summary>
    public string? DeadLetterTopic { get; init; }

    /// <summary>The maximum age of a model, measured from when it was made; with an older one, scoring ends with a <see cref="ModelException"/>. Default null: no limit.</summary>
    public TimeSpan? MaxModelAge { get; init; }

    /// <summary>How often to look for a newer model. Default 1 second.</summary>
    public TimeSpan ModelCheckInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The maximum number of rows that are scored at a time. Default 1000.</summary>
    public int BatchSize { get; init; } = 1000;

    /// <summary>How long a batch that is not full waits for more rows. Default 20 milliseconds.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>The number of rows after which scores are committed. Default 100,000.</summary>
    public int CommitRows { get; init; } = 100_000;

    /// <summary>The time after which scores are committed; readers of committed records see them this much later. Default 250 milliseconds.</summary>
    public TimeSpan CommitInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// How long brokers keep a transaction open whose member is gone (<c>transaction.timeout.ms</c>). Until then, readers of committed records wait at its first record, and no other member scores its rows.
    /// Default 10 seconds. A transaction that takes longer is aborted and repeated.
    /// </summary>
    public TimeSpan TransactionTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Where to start in a partition for which the group has committed no offset. Default <see cref="LiveStart.Earliest"/>.</summary>
    public LiveStart StartAt { get; init; } = LiveStart.Earliest;

    /// <summary>The name of this member across restarts, as <see cref="LiveOptions.InstanceId"/>; a restarted member also ends the transaction that it left open at once. Default null.</summary>
    public string? InstanceId { get; init; }

    /// <summary>How long a rebalance waits for the transaction in progress. Default 10 seconds.</summary>
    public TimeSpan RevokeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <exception cref="InvalidOptionsException">The options are invalid; the message lists every problem found.</exception>
    internal void Validate(string topic, KafkaDatasetOptions dataset)
    {
        var faults = new List<string>();
        if (string.IsNullOrWhiteSpace(OutputTopic))
        {
            faults.Add($"{nameof(OutputTopic)} is empty: name the topic for the scores");
        }
        else if (TopicName.FaultOf(OutputTopic) is { } nameFault)
        {
            faults.Add($"{nameof(OutputTopic)}: {nameFault}");
        }

        if (OutputTopic == topic)
        {
            faults.Add($"{nameof(OutputTopic)} is the input '{topic}': a scorer would score its own scores");
        }

        if (DeadLetterTopic is not null && (DeadLetterTopic.Length == 0 || DeadLetterTopic == topic || DeadLetterTopic == OutputTopic))
        {
            faults.Add($"{nameof(DeadLetterTopic)} is '{DeadLetterTopic}': name a topic of its own");
        }
        else if (DeadLetterTopic is not null && TopicName.FaultOf(DeadLetterTopic) is { } deadFault)
        {
            faults.Add($"{nameof(DeadLetterTopic)}: {deadFault}");
        }

        if (Model is null)
        {
            faults.Add($"{nameof(Model)} is null: choose one of {nameof(ModelSource)}");
        }

        if (!Enum.IsDefined(Delivery))
        {
            faults.Add($"{nameof(Delivery)} is {Delivery}, which does not exist");
        }
        else if (Delivery == Delivery.ExactlyOnce && EmbeddedKafka.TryFind(dataset.BootstrapServers ?? "", out _))
        {
            faults.Add($"{nameof(Delivery)} is {Delivery.ExactlyOnce}, which the embedded Kafka cannot do, since it drops offsets that are part of a transaction: set {nameof(Delivery)} to {nameof(KafkaDatasets.Delivery)}.{nameof(Delivery.AtLeastOnce)}, or use a real cluster");
        }

        if (!Enum.IsDefined(Partitioning))
        {
            faults.Add($"{nameof(Partitioning)} is {Partitioning}, which does not exist");
        }

        CheckWriter(dataset, faults);
        if (Columns is { Count: 0 })
        {
            faults.Add($"{nameof(Columns)} is empty: name at least one column, or leave it null");
        }

        if (PassThrough is null)
        {
            faults.Add($"{nameof(PassThrough)} is null: leave it empty for none");
        }

        CheckNames(Columns, nameof(Columns), faults);
        CheckNames(PassThrough, nameof(PassThrough), faults);
        foreach (string twice in (Columns ?? []).Concat(PassThrough ?? []).GroupBy(c => c).Where(g => g.Count() > 1 && !string.IsNullOrEmpty(g.Key)).Select(g => g.Key))
        {
            faults.Add($"the column '{twice}' is named more than once in {nameof(Columns)} and {nameof(PassThrough)}");
        }

        CheckPositive(BatchSize, nameof(BatchSize), faults);
        CheckPositive(CommitRows, nameof(CommitRows), faults);
        CheckPositive(CommitInterval, nameof(CommitInterval), faults);
        CheckPositive(ModelCheckInterval, nameof(ModelCheckInterval), faults);
        if (ModelCheckInterval > TimeFaults.Longest)
        {
            faults.Add($"{nameof(ModelCheckInterval)} is {ModelCheckInterval}: it is at most 24 days; {nameof(ModelSource)}.{nameof(ModelSource.Of)} is a model that never changes");
        }

        TimeFaults.CheckDelay(MaxDelay, nameof(MaxDelay), faults);

        CheckPositive(MaxModelAge ?? TimeSpan.MaxValue, nameof(MaxModelAge), faults);
        if (TransactionTimeout < TimeSpan.FromSeconds(1) || TransactionTimeout > TimeSpan.FromMinutes(15))
        {
            faults.Add($"{nameof(TransactionTimeout)} is {TransactionTimeout}: it lies between 1 second and 15 minutes");
        }
        else if (TransactionTimeout <= CommitInterval)
        {
            faults.Add($"{nameof(TransactionTimeout)} is {TransactionTimeout}: it must be longer than {nameof(CommitInterval)}, {CommitInterval}");
        }

        InvalidOptionsException.ThrowIfAny(nameof(ScorerOptions), faults);
    }

    private static void CheckNames(IReadOnlyList<string>? names, string option, List<string> faults)
    {
        if (names?.Any(string.IsNullOrEmpty) == true)
        {
            faults.Add($"{option} has a name that is empty: name columns, or leave it out");
        }
    }

    private static void CheckPositive(int value, string name, List<string> faults)
    {
        if (value < 1)
        {
            faults.Add(FormattableString.Invariant($"{name} is {value}: it must be at least 1"));
        }
    }

    private static void CheckPositive(TimeSpan value, string name, List<string> faults)
    {
        if (value <= TimeSpan.Zero)
        {
            faults.Add($"{name} is {value}: it must be positive");
        }
    }

    private void CheckWriter(KafkaDatasetOptions dataset, List<string> faults)
    {
        if (Writer is null)
        {
            return;
        }

        if (Writer.BootstrapServers != dataset.BootstrapServers)
        {
            faults.Add($"{nameof(Writer)}.{nameof(KafkaWriterOptions.BootstrapServers)} is {Writer.BootstrapServers}, but the input is on {dataset.BootstrapServers}: scores are written to the same cluster");
        }

        if (Writer.Key is not null || Writer.KeyFormat is not null)
        {
            faults.Add($"{nameof(Writer)}.{nameof(KafkaWriterOptions.Key)} is set, but scores have the keys of their inputs: leave it null");
        }
    }
}
