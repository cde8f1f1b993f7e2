using KafkaDatasets.Diagnostics;
using KafkaDatasets.Learning;
using KafkaDatasets.Live;

namespace KafkaDatasets;

/// <summary>
/// Learns a model from a topic as rows arrive, each row once: after a crash it continues from its last checkpoint, which holds the model, the optimizer's state, the offsets, the metrics and the drift detector as one unit.
/// </summary>
/// <remarks>
/// <para>Learning starts where the checkpoint ends, never at the offsets that the group has committed; these are committed after each checkpoint, for tools that show a group's lag.</para>
/// <para>A group has one learner, because a model learns from the rows of all partitions. When another member takes partitions over, the older learner ends with a <see cref="PartitionsLostException"/>, and what it learned after its last checkpoint
/// is learned by its successor.</para>
/// <para>The rows of a batch are learned by partition and offset. The journal beside the checkpoints lists the offsets of each batch, so that <see cref="ReplayAsync"/> learns the same model again from the log, bit for bit.</para>
/// </remarks>
/// <example>
/// <code>
/// IOnlineLearner learner = OnlineLearner.Ftrl(OnlineTask.BinaryClassification, ["Amount", "Items"]);
/// await using OnlineTrainer trainer = await OnlineTrainer.StartAsync("payments", options, learner, new OnlineTrainerOptions
/// {
///     Live = new LiveOptions { GroupId = "trainer" },
///     Checkpoints = CheckpointStore.Directory("checkpoints"),
/// });
/// OnlineProgress learned = await trainer.RunAsync(StopAt.CaughtUp);
/// Console.WriteLine($"{learned.Rows} rows, AUC {learned.Metrics.Auc:F4}");
/// </code>
/// </example>
public sealed class OnlineTrainer : IAsyncDisposable
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(100);

    private readonly KafkaLiveDataset _live;
    private readonly KafkaDatasetOptions _dataset;
    private readonly OnlineTrainerOptions _options;
    private readonly ClosableWriter _writer;
    private readonly LearningState _state;
    private readonly GroupWatch _watch;
    private readonly ArrangedRows _rows;
    private readonly Journal _journal = new();
    private readonly List<GivenRanges> _open = [];
    private readonly CancellationTokenSource _disposing = new();
    private readonly KeyValuePair<string, object?>[] _tags;
    private LearningCheckpoint? _checkpoint;
    private long _openRows;
    private long _openSince;
    private long _reported;
    private bool _isReportDue;
    private long _changes;
    private TaskCompletionSource? _run;
    private LearningException? _failure;
    private int _disposed;

    private OnlineTrainer(KafkaLiveDataset live, KafkaDatasetOptions dataset, OnlineTrainerOptions options, ClosableWriter writer, LearningState state, GroupWatch watch)
    {
        _live = live;
        _dataset = dataset;
        _options = options;
        _writer = writer;
        _state = state;
        _watch = watch;
        _rows = new ArrangedRows(state.Learner.Features.Count);
        _checkpoint = writer.Latest;
        _tags = Instruments.TagsOf(live.Topic, "learn");
        _reported = dataset.TimeProvider.GetTimestamp();
    }

    /// <summary>Raised when the drift detector finds a change, in the middle of learning: handlers must be short.</summary>
    public event EventHandler<DriftDetectedEventArgs>? DriftDetected;

    /// <summary>The learner. Use it only while no run is in progress.</summary>
    public IOnlineLearner Learner => _state.Learner;

    /// <summary>The drift detector with its current state; null if there is none.</summary>
    public DriftDetector? Detector => _state.Detector;

    /// <summary>The last checkpoint; null if none has been written yet.</summary>
    public LearningCheckpoint? Checkpoint => _checkpoint;

    /// <summary>Whether the member has partitions.</summary>
    internal bool IsAssigned => _live.Assignment.Count > 0;

    /// <summary>Restores the learner from the newest checkpoint, if there is one, and joins the group.</summary>
    /// <param name="topic">The topic to learn from.</param>
    /// <param name="dataset">The cluster and what a row is, with a label. If <see cref="KafkaDatasetOptions.Features"/> is null, the learner's features are read.</param>
    /// <param name="learner">The learner, created as it was for the checkpoint; its state is replaced by the checkpoint's.</param>
    /// <param name="options">The group, the checkpoints and the batches.</param>
    /// <param name="cancellationToken">Cancels starting.</param>
    /// <returns>The trainer; dispose it to leave the group.</returns>
    /// <exception cref="InvalidOptionsException">The options are invalid, or the dataset's features are not the learner's; the message lists every problem found.</exception>
    /// <exception cref="CheckpointException">Checkpoints cannot be read or written, are all damaged, or are of another learner or topic, or another process uses them.</exception>
    /// <exception cref="DataLossException">The topic was recreated, or has fewer records than the learner has learned.</exception>
    /// <exception cref="KafkaDatasetException">The topic cannot be opened, as for <see cref="KafkaLiveDataset.JoinAsync"/>.</exception>
    public static async Task<OnlineTrainer> StartAsync(string topic, KafkaDatasetOptions dataset, IOnlineLearner learner, OnlineTrainerOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(topic);
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(learner);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate(topic, dataset, learner);
        dataset = dataset with { Features = dataset.Features ?? learner.Features };
        var writer = new ClosableWriter(await options.Checkpoints.OpenAsync(dataset, cancellationToken).ConfigureAwait(false));
        KafkaLiveDataset? live = null;
        try
        {
            OnlineTrainer? trainer = null;
            var state = new LearningState(learner, options.Detector) { OnChange = (rows, partition, offset) => trainer?.OnChange(rows, partition, offset) };
            if (writer.Latest is { } latest)
            {
                CheckpointCheck.IsFor(latest, topic, dataset.Label!.Field, dataset.Split);
                state.Restore(latest);
            }

            long? StartOf(int partition) => state.Positions.TryGetValue(partition, out long position) ? position : null;
            KafkaDatasetOptions Bind(DatasetSchema schema)
            {
                if (writer.Latest is { } learned)
                {
                    CheckpointCheck.FitsSchema(learned, schema);
                }

                return dataset;
            }

            LiveOptions member = options.Live with { StartOffset = StartOf };
            live = await KafkaLiveDataset.JoinAsAsync(topic, dataset, member, (opened, hasConsumerProtocol) => new LiveSession(opened, dataset, member, hasConsumerProtocol), cancellationToken, Bind).ConfigureAwait(false);
            CheckpointCheck.Fits(live.Session.Dataset, writer.Latest, learner, dataset.Label!.Field);
            trainer = new OnlineTrainer(live, dataset, options, writer, state, new GroupWatch(live, options.Live.GroupId, dataset));
            if (writer.Latest is { } from)
            {
                Log.LearnerRestored(live.Session.Dataset.Context.Logger, learner.Name, topic, from.Number, from.Rows);
            }

            return trainer;
        }
        catch
        {
            await (live?.DisposeAsync() ?? ValueTask.CompletedTask).ConfigureAwait(false);
            await writer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Learns a model again from the log: the same rows in the same batches as the trainer that wrote the checkpoints, up to a checkpoint.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="dataset">The options that the trainer had.</param>
    /// <param name="learner">A learner in the state that the trainer's had before its first checkpoint, usually a new one. It ends in the state of the checkpoint, bit for bit.</param>
    /// <param name="checkpoints">Where the trainer kept its checkpoints and journal.</param>
    /// <param name="checkpoint">The checkpoint to end at; null for the newest.</param>
    /// <param name="cancellationToken">Cancels learning.</param>
    /// <returns>The metrics, which are those of the checkpoint.</returns>
    /// <exception cref="CheckpointException">There is no checkpoint, it is of another learner or topic, or the journal is damaged.</exception>
    /// <exception cref="LearningException">The learner has failed in the middle of a batch.</exception>
    /// <exception cref="DataLossException">Records that were learned are no longer in the log, or the options give other rows than the trainer had.</exception>
    /// <exception cref="KafkaDatasetException">The topic cannot be opened, as for <see cref="KafkaDataset.OpenAsync(string, KafkaDatasetOptions, CancellationToken)"/>.</exception>
    public static Task<PrequentialMetrics> ReplayAsync(
        string topic,
        KafkaDatasetOptions dataset,
        IOnlineLearner learner,
        CheckpointStore checkpoints,
        LearningCheckpoint? checkpoint = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(topic);
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(learner);
        ArgumentNullException.ThrowIfNull(checkpoints);
        return Replay.RunAsync(topic, dataset with { Features = dataset.Features ?? learner.Features }, learner, checkpoints, checkpoint, cancellationToken);
    }

    /// <summary>Learns until a stop condition holds, and writes a checkpoint at the end. Only one run can be in progress at a time.</summary>
    /// <param name="stopAt">When learning ends; null for <see cref="StopAt.Never"/>.</param>
    /// <param name="cancellationToken">Ends learning with an <see cref="OperationCanceledException"/>, after a checkpoint has been written.</param>
    /// <returns>What has been learned.</returns>
    /// <exception cref="CheckpointException">A checkpoint could not be written.</exception>
    /// <exception cref="LearningException">The learner, or a handler of <see cref="DriftDetected"/>, has failed, now or in an earlier run: in the middle of a batch there is nothing that could be saved. Start another trainer, which continues from the last checkpoint.</exception>
    /// <exception cref="PartitionsLostException">Another member of the group has taken over partitions, or an outage took them away for longer than <see cref="KafkaDatasetOptions.Timeout"/>.</exception>
    /// <exception cref="ObjectDisposedException">The trainer is disposed, or was disposed during the run.</exception>
    /// <exception cref="KafkaDatasetException">Reading failed, as for <see cref="KafkaLiveDataset.ReadBatchesAsync"/>.</exception>
    public async Task<OnlineProgress> RunAsync(StopAt? stopAt = null, CancellationToken cancellationToken = default)
    {
        var run = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Interlocked.CompareExchange(ref _run, run, null) is not null)
        {
            ThrowIfDisposed(); // of a run that goes on in its learner

            throw new InvalidOperationException($"The trainer of topic '{_live.Topic}' is already running: one run at a time.");
        }

        try
        {
            ThrowIfDisposed();
            if (_failure is { } failure)
            {
                throw new LearningException($"The trainer of topic '{_live.Topic}' has failed in the middle of a batch, so that it cannot go on: start another one, which continues from the last checkpoint. {failure.Message}", failure)
                {
                    Topic = failure.Topic,
                    Partition = failure.Partition,
                    Offset = failure.Offset,
                };
            }

            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _watch.Replaced, _disposing.Token);
            try
            {
                await LearnAsync(stopAt ?? StopAt.Never, stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                await _watch.ThrowIfReplacedAsync().ConfigureAwait(false); // its successor learns what this one has not saved
                if (!cancellationToken.IsCancellationRequested)
                {
                    throw DisposedDuring();
                }

                await SaveAsync().ConfigureAwait(false);
                Report();
                cancellationToken.ThrowIfCancellationRequested();
                throw;
            }

            await SaveAsync().ConfigureAwait(false);
            Report();
            return Progress();
        }
        catch (ObjectDisposedException e) when (IsDisposed && e.ObjectName != nameof(OnlineTrainer))
        {
            throw DisposedDuring(); // what it reads from and writes to was closed, since it did not end in time
        }
        finally
        {
            Volatile.Write(ref _run, null);
            run.SetResult();
        }
    }

    /// <summary>
    /// Ends a run after the batch in progress, for which it waits up to <see cref="KafkaDatasetOptions.Timeout"/>, leaves the group and releases the checkpoints: nothing is written to them afterwards.
    /// What was learned after the last checkpoint is not saved; a run that has ended has saved everything, unless it failed.
    /// </summary>
    /// <returns>A task that completes when the member has left the group.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _disposing.CancelAsync().ConfigureAwait(false);
        if (Volatile.Read(ref _run) is { } run)
        {
            await run.Task.WaitAsync(_dataset.Timeout, _dataset.TimeProvider).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // a learner that never returns must not keep the caller
        }

        await _writer.CloseAsync().ConfigureAwait(false);
        _watch.Dispose();
        await _live.DisposeAsync().ConfigureAwait(false);
        await _writer.DisposeAsync().ConfigureAwait(false);
        _disposing.Dispose();
    }

    private bool IsDisposed => Volatile.Read(ref _disposed) != 0;

    private void ThrowIfDisposed()
    {
        if (IsDisposed)
        {
            throw new ObjectDisposedException(nameof(OnlineTrainer), $"The trainer of topic '{_live.Topic}' is disposed: start another one, which continues from the last checkpoint.");
        }
    }

    private ObjectDisposedException DisposedDuring() => new(nameof(OnlineTrainer), $"The trainer of topic '{_live.Topic}' was disposed while it ran: start another one, which continues from the last checkpoint.");

    private async Task LearnAsync(StopAt stopAt, CancellationToken cancellationToken)
    {
        var batches = new LiveBatchOptions { BatchSize = _options.BatchSize, MaxDelay = _options.MaxDelay, StopAt = stopAt };
        IAsyncEnumerator<LiveBatch> reader = _live.ReadBatchesAsync(batches, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (reader.ConfigureAwait(false))
        {
            while (await NextAsync(reader, cancellationToken).ConfigureAwait(false))
            {
                using (LiveBatch batch = reader.Current)
                {
                    Learn(batch);
                }

                if (_openRows >= _options.CheckpointRows || RemainingInterval <= TimeSpan.Zero)
                {
                    await SaveAsync().ConfigureAwait(false);
                }

                _isReportDue = _options.Progress is not null;
                if (_isReportDue && RemainingSilence <= TimeSpan.Zero)
                {
                    Report();
                }
            }
        }
    }

    private void Report()
    {
        _reported = _dataset.TimeProvider.GetTimestamp();
        _isReportDue = false;
        _options.Progress?.Report(Progress());
    }

    private TimeSpan RemainingSilence => ProgressInterval - _dataset.TimeProvider.GetElapsedTime(_reported);

    private TimeSpan RemainingInterval => _options.CheckpointInterval - _dataset.TimeProvider.GetElapsedTime(_openSince);

    /// <summary>Waits for the next batch; while none arrives, writes the checkpoint and reports the progress that are due.</summary>
    private async ValueTask<bool> NextAsync(IAsyncEnumerator<LiveBatch> reader, CancellationToken cancellationToken)
    {
        ValueTask<bool> next = reader.MoveNextAsync();
        if (next.IsCompleted || (_open.Count == 0 && !_isReportDue))
        {
            return await next.ConfigureAwait(false);
        }

        Task<bool> waiting = next.AsTask();
        try
        {
            using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            while (!waiting.IsCompleted && (_open.Count > 0 || _isReportDue))
            {
                bool isReport = _isReportDue && (_open.Count == 0 || RemainingSilence < RemainingInterval);
                TimeSpan left = isReport ? RemainingSilence : RemainingInterval;
                if (await Task.WhenAny(waiting, Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero, _dataset.TimeProvider, timer.Token)).ConfigureAwait(false) == waiting || cancellationToken.IsCancellationRequested)
                {
                    break;
                }

                if (isReport)
                {
                    Report();
                }
                else
                {
                    await SaveAsync().ConfigureAwait(false);
                    _isReportDue = _options.Progress is not null; // of the checkpoint
                }
            }

            await timer.CancelAsync().ConfigureAwait(false);
        }
        catch
        {
            await ((Task)waiting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // the enumerator cannot be disposed before
            throw;
        }

        return await waiting.ConfigureAwait(false);
    }

    private void Learn(LiveBatch batch)
    {
        // A partition that was lost and assigned again may bring rows that were in a batch which was not yet learned when it was assigned.
        PartitionRange[] ranges =
        [
            .. from range in batch.Ranges
               let start = Math.Max(range.Start, _state.Positions.GetValueOrDefault(range.Partition))
               where start < range.End
               select range with { Start = start },
        ];
        _rows.Set(batch.Tensors, _state.Positions);
        if (_open.Count == 0)
        {
            _openSince = _dataset.TimeProvider.GetTimestamp();
        }

        try
        {
            _state.Learn(_rows, _live.Topic, ranges);
        }
        catch (LearningException e)
        {
            _failure = e;
            throw;
        }

        _journal.Add(ranges);
        _open.Add(batch.Given);
        _openRows += _rows.Rows;
        Instruments.RowsLearned.Add(_rows.Rows, _tags);
    }

    private async Task SaveAsync()
    {
        if (_open.Count == 0)
        {
            return;
        }

        KafkaDataset dataset = _live.Session.Dataset;
        _state.AddPositions(_live.Session.Starts);
        LearningCheckpoint checkpoint = _state.ToCheckpoint(
            (_checkpoint?.Number ?? 0) + 1,
            _dataset.TimeProvider.GetUtcNow(),
            dataset.Snapshot,
            _options.Live.GroupId,
            _dataset.Label!.Field,
            _dataset.Split,
            LearnedSchema.Of(dataset, _dataset.Label.Field, _checkpoint));
        await _writer.WriteAsync(checkpoint, _journal.ToArray(), _live.Session.TryGetMembership, CancellationToken.None).ConfigureAwait(false);
        _checkpoint = checkpoint;
        _journal.Clear();
        Log.CheckpointWritten(dataset.Context.Logger, checkpoint.Number, checkpoint.Learner, checkpoint.Rows, checkpoint.Location);
        try
        {
            await _live.Session.CommitTogetherAsync(_open).ConfigureAwait(false);
        }
        catch (BrokerException e)
        {
            Log.ClientError(dataset.Context.Logger, e.Message); // the checkpoint has the offsets; the group's are only shown, and are committed with the next one
        }

        _open.Clear();
        _openRows = 0;
    }

    private void OnChange(long rows, int partition, long offset)
    {
        _changes++;
        Log.DriftDetected(_live.Session.Dataset.Context.Logger, _state.Detector!.Name, rows, _live.Topic, partition, offset);
        DriftDetected?.Invoke(this, new DriftDetectedEventArgs(_state.Detector.Name, rows, partition, offset));
    }

    private OnlineProgress Progress() => new(_live.Topic, _state.Learner.Rows, _state.Metrics, _checkpoint, _changes);
}
