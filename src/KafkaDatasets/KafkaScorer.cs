using Confluent.Kafka;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Live;
using KafkaDatasets.Scoring;
using Microsoft.Extensions.Logging;

namespace KafkaDatasets;

/// <summary>Scores the rows of a topic with an ML.NET model, and writes the scores to another topic: exactly once, whatever fails.</summary>
/// <remarks>
/// <para>A score has the key of its input, and headers with the input's position and the model's version (<see cref="ScoreHeaders"/>).</para>
/// <para>A scorer is a member of a consumer group: start more of them, in any process, to share the partitions. A newer model is used from the next batch on.</para>
/// </remarks>
/// <example>
/// <code>
/// await using KafkaScorer scorer = await KafkaScorer.JoinAsync("payments", options, new ScorerOptions
/// {
///     GroupId = "scorer",
///     OutputTopic = "payments.scored",
///     Model = ModelSource.Directory("models"),
/// });
/// await scorer.RunAsync(StopAt.Never, cancellationToken);
/// </code>
/// </example>
public sealed class KafkaScorer : IAsyncDisposable
{
    private readonly KafkaLiveDataset _live;
    private readonly ModelWatch _models;
    private readonly ScoringRun _run;
    private readonly ScorerOptions _options;
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private int _isRunning;
    private int _disposed;

    private KafkaScorer(KafkaLiveDataset live, ModelWatch models, ScoringRun run, ScorerOptions options)
    {
        _live = live;
        _models = models;
        _run = run;
        _options = options;
        live.PartitionsAssigned += (_, e) => PartitionsAssigned?.Invoke(this, e);
        live.PartitionsRevoked += (_, e) => PartitionsRevoked?.Invoke(this, e);
        live.PartitionsLost += (_, e) => PartitionsLost?.Invoke(this, e);
    }

    /// <inheritdoc cref="KafkaLiveDataset.PartitionsAssigned"/>
    public event EventHandler<PartitionsChangedEventArgs>? PartitionsAssigned;

    /// <summary>Raised when partitions are reassigned to another member; scores in progress are committed first.</summary>
    public event EventHandler<PartitionsChangedEventArgs>? PartitionsRevoked;

    /// <summary>Raised when partitions already belong to another member; scores in progress are aborted.</summary>
    public event EventHandler<PartitionsChangedEventArgs>? PartitionsLost;

    /// <summary>The input's topic.</summary>
    public string Topic => _live.Topic;

    /// <summary>The topic that scores are written to.</summary>
    public string OutputTopic => _options.OutputTopic;

    /// <summary>The names of the features, in the order in which the model has them.</summary>
    public IReadOnlyList<string> Features => _live.Features;

    /// <summary>The partitions currently assigned to this member, in ascending order.</summary>
    public IReadOnlyList<int> Assignment => _live.Assignment;

    /// <summary>The version of the model in use.</summary>
    public string ModelVersion => _run.Model.Version;

    /// <summary>What has been written and committed so far.</summary>
    public ScoringTotals Totals => _run.Totals;

    /// <summary>Waits for a model, and joins a consumer group to score a topic.</summary>
    /// <param name="topic">The input's topic.</param>
    /// <param name="dataset">The cluster and what a row is. If <see cref="KafkaDatasetOptions.Features"/> is null, the features are those that the model was trained with.</param>
    /// <param name="options">The model, the group and the output.</param>
    /// <param name="cancellationToken">Cancels joining.</param>
    /// <returns>The scorer; dispose it to leave the group.</returns>
    /// <exception cref="InvalidOptionsException">The options are invalid; the message lists every problem found.</exception>
    /// <exception cref="ModelException">No model was found within <see cref="KafkaDatasetOptions.Timeout"/>, or it does not fit the topic.</exception>
    /// <exception cref="BrokerException">No broker could be reached in time, or access was denied.</exception>
    /// <exception cref="TopicNotFoundException">The input's topic does not exist.</exception>
    /// <exception cref="SchemaException">A schema is missing, or the scores cannot be written in the format.</exception>
    /// <exception cref="ScoringException">The brokers refuse transactions.</exception>
    public static async Task<KafkaScorer> JoinAsync(string topic, KafkaDatasetOptions dataset, ScorerOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(topic);
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate(topic, dataset);
        ILogger logger = KafkaDataset.ContextOf(dataset).Logger;
        var models = new ModelWatch(options, dataset.Timeout, dataset.TimeProvider, logger);
        KafkaLiveDataset? live = null;
        ScoreProducer? producer = null;
        try
        {
            ScoringModel model = await models.FirstAsync(cancellationToken).ConfigureAwait(false);
            models.ThrowIfTooOld(model);
            live = await JoinGroupAsync(topic, InputOf(dataset, options, model), options, cancellationToken).ConfigureAwait(false);
            LiveSession session = live.Session;
            var layout = ScoringLayout.Of(model, session, options);
            int inputs = session.Dataset.Snapshot.Partitions.Count;
            KafkaWriterOptions writer = options.Writer ?? WriterDefaults.Of(dataset, inputs);
            writer.Validate(options.OutputTopic);
            BatchScorer scorer = await BindAsync(model, cancellationToken).ConfigureAwait(false);
            string? transactionalId = options.Delivery == Delivery.ExactlyOnce ? $"{options.GroupId}/{topic}/{options.InstanceId ?? $"{Guid.NewGuid():N}"}" : null; // no topic's name has a slash: 'a-b' and 'c' must not be 'a' and 'b-c'
            producer = CreateProducer(default);
            int outputs = await producer.EnsureTopicAsync(options.OutputTopic, writer, cancellationToken).ConfigureAwait(false);
            DeadLetters? letters = options.DeadLetterTopic is { } dead ? new DeadLetters(topic, dead, await producer.EnsureTopicAsync(dead, writer, cancellationToken).ConfigureAwait(false)) : null;
            TopicPartition[] partitions = PartitionsOf(options, inputs, outputs, logger);
            await InitAsync(producer, topic, cancellationToken).ConfigureAwait(false);
            var context = new ScoringContext(session, layout, models, options, partitions, letters, CreateProducer, dataset.Timeout, logger);
            var scorers = new KafkaScorer(live, models, new ScoringRun(context, producer, scorer), options);
            models.Start(BindAsync);
            Log.ModelUsed(logger, model.Version, topic);
            return scorers;

            Task<BatchScorer> BindAsync(ScoringModel newer, CancellationToken token) => BatchScorer.BindAsync(newer, layout, session.Dataset.Roles, topic, options, writer, token);

            ScoreProducer CreateProducer(ProducerMode mode) => new(writer, transactionalId, options.TransactionTimeout, mode);
        }
        catch
        {
            producer?.Dispose();
            await models.DisposeAsync().ConfigureAwait(false);
            if (live is not null)
            {
                await live.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }
    }

    /// <summary>Scores rows until a condition is met. Only one run at a time; the next one continues where this one ended.</summary>
    /// <param name="stopAt">When the run ends. Default null: <see cref="StopAt.Never"/>.</param>
    /// <param name="cancellationToken">Ends the run with an <see cref="OperationCanceledException"/>; scores that are complete are committed first.</param>
    /// <returns>What this scorer has written and committed since it was opened.</returns>
    /// <exception cref="ScoringException">A row cannot be scored, or writing has failed for <see cref="KafkaDatasetOptions.Timeout"/>.</exception>
    /// <exception cref="ModelException">The model is older than <see cref="ScorerOptions.MaxModelAge"/>.</exception>
    /// <exception cref="KafkaDatasetException">The topic cannot be read, as for <see cref="KafkaLiveDataset.ReadBatchesAsync"/>.</exception>
    public async Task<ScoringTotals> RunAsync(StopAt? stopAt = null, CancellationToken cancellationToken = default)
    {
        if (_disposed != 0)
        {
            throw new ObjectDisposedException(nameof(KafkaScorer), $"The scorer of topic '{Topic}' is disposed: join again.");
        }

        if (Interlocked.Exchange(ref _isRunning, 1) != 0)
        {
            throw new InvalidOperationException($"Topic '{Topic}' is scored by another run of the same scorer: one run at a time; join again for another member.");
        }

        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
        try
        {
            _running = Task.Run(() => _run.RunAsync(stopAt ?? StopAt.Never, cancellation.Token), CancellationToken.None);
            await _running.ConfigureAwait(false);
            return Totals;
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ObjectDisposedException(nameof(KafkaScorer), $"The scorer of topic '{Topic}' was disposed while it ran.");
        }
        finally
        {
            Volatile.Write(ref _isRunning, 0);
        }
    }

    /// <inheritdoc cref="KafkaLiveDataset.GetLagAsync"/>
    public ValueTask<IReadOnlyDictionary<int, long>> GetLagAsync(CancellationToken cancellationToken = default) => _live.GetLagAsync(cancellationToken);

    /// <summary>Ends a run, which commits the scores that are complete, and leaves the group.</summary>
    /// <returns>A task that completes when the member has left the group.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await ((Task)Task.WhenAny(_running)).ConfigureAwait(false); // whoever called RunAsync is told how it ended
        await _live.DisposeAsync().ConfigureAwait(false);
        await _models.DisposeAsync().ConfigureAwait(false);
        _run.Dispose();
        _stop.Dispose();
    }

    private static Task<KafkaLiveDataset> JoinGroupAsync(string topic, KafkaDatasetOptions input, ScorerOptions options, CancellationToken cancellationToken)
    {
        var live = new LiveOptions { GroupId = options.GroupId, InstanceId = options.InstanceId, StartAt = options.StartAt, RevokeTimeout = options.RevokeTimeout };
        return KafkaLiveDataset.JoinAsAsync(
            topic,
            input,
            live,
            (dataset, hasConsumerProtocol) =>
            {
                RejectedRecords? rejected = options.DeadLetterTopic is null ? null : new RejectedRecords();
                dataset.OnRejected = rejected is null ? null : rejected.Add;
                return new LiveSession(dataset, input, live, hasConsumerProtocol) { IsCommittedByTransactions = options.Delivery == Delivery.ExactlyOnce, Rejected = rejected };
            },
            cancellationToken);
    }

    private static KafkaDatasetOptions InputOf(KafkaDatasetOptions dataset, ScorerOptions options, ScoringModel model) => dataset with
    {
        Features = dataset.Features ?? ModelBinding.FeaturesOf(model),
        RecordColumns = [.. dataset.RecordColumns, .. ScoringLayout.KeyColumns],
        OnBadRecord = options.DeadLetterTopic is null ? dataset.OnBadRecord : BadRecordPolicy.Skip,
    };

    private static TopicPartition[] PartitionsOf(ScorerOptions options, int inputs, int outputs, ILogger logger)
    {
        bool isInput = options.Partitioning switch
        {
            ScorePartitioning.Auto => inputs == outputs,
            ScorePartitioning.Input => inputs <= outputs ? true : throw new InvalidOptionsException(
                nameof(ScorerOptions),
                [FormattableString.Invariant($"{nameof(ScorerOptions.Partitioning)} is {ScorePartitioning.Input}, but topic '{options.OutputTopic}' has {outputs} partitions, fewer than the {inputs} of the input")]),
            ScorePartitioning.Key => false,
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        if (!isInput && options.Partitioning == ScorePartitioning.Auto)
        {
            Log.ScoresByKey(logger, options.OutputTopic, outputs, inputs);
        }

        return [.. Enumerable.Range(0, inputs).Select(p => new TopicPartition(options.OutputTopic, isInput ? p : Partition.Any))];
    }

    private static async Task InitAsync(ScoreProducer producer, string topic, CancellationToken cancellationToken)
    {
        if (!producer.IsTransactional)
        {
            return;
        }

        try
        {
            await Task.Run(() => producer.Init(cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch (TransactionFailedException e)
        {
            throw new ScoringException($"Topic '{topic}' cannot be scored exactly once: {e.Message} Check the rights on the transactional id, or set {nameof(ScorerOptions.Delivery)} to {nameof(Delivery)}.{nameof(Delivery.AtLeastOnce)}.", e)
            {
                Topic = topic,
                ErrorCode = e.Error is { IsLocalError: false } error ? (int)error.Code : null,
                IsAccessDenied = e.Error is { } denied && Clients.ClientErrors.IsAccessDenied(denied),
            };
        }
    }
}
