using Confluent.Kafka;
using KafkaDatasets.Clients;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Live;

namespace KafkaDatasets.Scoring;

/// <summary>Reads batches, scores them, and commits scores and offsets together. Blocks the thread that runs it while it scores and commits.</summary>
internal sealed class ScoringRun : IDisposable
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a run that is cancelled tries to commit what it has scored: without the commit, these rows are scored again, and nothing is wrong.</summary>
    private static readonly TimeSpan MostParting = TimeSpan.FromSeconds(2);

    private readonly ScoringContext _context;
    private readonly List<LiveBatch> _open = [];
    private readonly KeyValuePair<string, object?>[] _tags;
    private ScoreProducer _producer;
    private BatchScorer _scorer;
    private TaskCompletionSource _leaving = NewSignal();
    private bool _isBegun;
    private bool _isInBatch;
    private long _began;
    private long _rows;
    private int _epoch;

    /// <summary>Whether rows that were read are not committed, and must be read again.</summary>
    private bool _isToRewind;
    private long? _failingSince;
    private TopicPartitionOffset[] _committed = [];
    private ProducerMode _usual;

    public ScoringRun(ScoringContext context, ScoreProducer producer, BatchScorer scorer)
    {
        _context = context;
        _producer = producer;
        _scorer = scorer;
        _tags = Instruments.TagsOf(context.Session.Topic, Instruments.Process);
        context.Session.Leaving += () => Volatile.Read(ref _leaving).TrySetResult();
    }

    public ScoringTotals Totals { get; private set; } = new(0, 0, 0, 0, 0);

    public ScoringModel Model => Volatile.Read(ref _scorer).Model;

    private TimeProvider Time => _context.Session.Time;

    private bool IsDue => _open.Count > 0 && (_rows >= _context.Options.CommitRows || Time.GetElapsedTime(_began) >= _context.Options.CommitInterval || _leaving.Task.IsCompleted);

    public async Task RunAsync(StopAt stop, CancellationToken cancellationToken)
    {
        _failingSince = null; // what the run before this one could not do is tried for the whole time-out again
        while (!await ReadAsync(stop, cancellationToken).ConfigureAwait(false))
        {
            // The last commit failed: its rows are read again.
        }
    }

    public void Dispose() => _producer.Dispose();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <returns>False if rows must be read again.</returns>
    private async Task<bool> ReadAsync(StopAt stop, CancellationToken cancellationToken)
    {
        if (_isToRewind)
        {
            await RewindAsync(cancellationToken).ConfigureAwait(false); // the run before this one has failed
        }

        using var reading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var parting = new CancellationTokenSource(Timeout.InfiniteTimeSpan, Time);
        IAsyncEnumerator<LiveBatch> batches = _context.Session.ReadAsync(_context.Layout.Batches with { StopAt = stop }, _context.Layout.Rows, reading.Token).GetAsyncEnumerator(CancellationToken.None);
        Task<bool>? next = null;
        int epoch = _epoch;
        try
        {
            while (true)
            {
                if (next is null)
                {
                    epoch = _epoch;
                    next = batches.MoveNextAsync().AsTask();
                }

                if (_open.Count > 0 && !next.IsCompleted)
                {
                    await WaitAsync(next, cancellationToken).ConfigureAwait(false);
                }

                if (next.IsCompleted || _open.Count == 0)
                {
                    bool isBatch = await next.ConfigureAwait(false);
                    next = null;
                    if (!isBatch)
                    {
                        return await TryCommitAsync(isEnd: true, cancellationToken).ConfigureAwait(false) && epoch == _epoch; // it may have ended before rows were to be read again
                    }

                    await TryScoreAsync(batches.Current, cancellationToken).ConfigureAwait(false);
                }

                if (IsDue)
                {
                    await TryCommitAsync(isEnd: false, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            parting.CancelAfter(MostParting);
            if (!_isInBatch)
            {
                await CommitLastAsync(parting.Token).ConfigureAwait(false);
            }

            throw;
        }
        finally
        {
            await reading.CancelAsync().ConfigureAwait(false);
            await EndAsync(batches, next, parting.Token).ConfigureAwait(false);
        }
    }

    private async Task EndAsync(IAsyncEnumerator<LiveBatch> batches, Task<bool>? next, CancellationToken cancellationToken)
    {
        try
        {
            if (next is not null && await next.ConfigureAwait(false))
            {
                batches.Current.Dispose();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or KafkaDatasetException or ObjectDisposedException)
        {
            // The read ends anyway.
        }

        await batches.DisposeAsync().ConfigureAwait(false);
        Abandon(cancellationToken);
    }

    /// <summary>Gives up what is not committed.</summary>
    private void Abandon(CancellationToken cancellationToken)
    {
        if (_isBegun)
        {
            _isBegun = false;
            try
            {
                _producer.Abort(cancellationToken);
            }
            catch (Exception e) when (e is TransactionFailedException or OperationCanceledException)
            {
                Log.ClientError(_context.Logger, e.Message); // the brokers abort it after its time-out
            }
        }

        _isToRewind |= _open.Count > 0;
        DropOpen();
    }

    private async Task RewindAsync(CancellationToken cancellationToken)
    {
        _epoch = await Task.Run(_context.Session.Rewind, cancellationToken).ConfigureAwait(false);
        _isToRewind = false;
    }

    private void DropOpen()
    {
        _open.ForEach(b => b.Dispose());
        _open.Clear();
        _rows = 0;
        _isInBatch = false;
    }

    /// <summary>Waits for the next batch, until a commit is due.</summary>
    private async Task WaitAsync(Task next, CancellationToken cancellationToken)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        TimeSpan left = _context.Options.CommitInterval - Time.GetElapsedTime(_began);
        if (left > TimeSpan.Zero)
        {
            await Task.WhenAny(next, _leaving.Task, Task.Delay(left, Time, timer.Token)).ConfigureAwait(false);
            await timer.CancelAsync().ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async Task TryScoreAsync(LiveBatch batch, CancellationToken cancellationToken)
    {
        if (batch.Given.Epoch < _epoch)
        {
            batch.Dispose(); // read before rows were to be read again
            return;
        }

        UseNewerModel();
        _context.Models.ThrowIfTooOld(_scorer.Model);
        if (_open.Count == 0)
        {
            _began = Time.GetTimestamp();
        }

        _open.Add(batch);
        try
        {
            BeginIfNeeded();
            _isInBatch = true;
            _scorer.Score(batch.Block, _producer, _context.Partitions, cancellationToken);
            _isInBatch = false;
            _rows += batch.Rows;
            batch.Tensors.Dispose(); // returns the memory; the batch stays open until it is committed
        }
        catch (TransactionFailedException e)
        {
            await RepeatAsync(e, cancellationToken).ConfigureAwait(false);
        }
    }

    private void UseNewerModel()
    {
        if (_context.Models.TakeNewer() is { } newer)
        {
            Volatile.Write(ref _scorer, newer);
            Log.ModelUsed(_context.Logger, newer.Model.Version, _context.Session.Topic);
        }
    }

    private void BeginIfNeeded()
    {
        if (!_isBegun && _producer.IsTransactional)
        {
            _producer.Begin();
            _isBegun = true;
        }
    }

    /// <returns>Whether everything that was read is committed.</returns>
    private async Task<bool> TryCommitAsync(bool isEnd, CancellationToken cancellationToken)
    {
        Volatile.Write(ref _leaving, NewSignal());
        if (_open.Count == 0 && !isEnd)
        {
            return true;
        }

        try
        {
            await CommitAsync(isEnd, cancellationToken).ConfigureAwait(false);
            _failingSince = null;
            if (_producer.Mode.Reports != DeliveryReports.None)
            {
                await UseAsync(_usual, cancellationToken).ConfigureAwait(false);
            }

            return true;
        }
        catch (TransactionFailedException e)
        {
            await RepeatAsync(e, cancellationToken).ConfigureAwait(false);
            return false;
        }
    }

    /// <summary>Commits what a run that is cancelled has scored, if the brokers respond: nobody waits for another attempt.</summary>
    private async Task CommitLastAsync(CancellationToken cancellationToken)
    {
        if (_open.Count == 0)
        {
            return;
        }

        try
        {
            await CommitAsync(isEnd: false, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TransactionFailedException or KafkaDatasetException or OperationCanceledException)
        {
            Log.TransactionAborted(_context.Logger, _context.Session.Topic, e is OperationCanceledException ? "the run was cancelled, and the brokers did not respond at once." : e.Message);
        }
    }

    /// <exception cref="TransactionFailedException">It is not committed, or that is unknown.</exception>
    private async Task CommitAsync(bool isEnd, CancellationToken cancellationToken)
    {
        GivenRanges[] given = [.. _open.Select(b => b.Given)];
        if (_producer.IsTransactional)
        {
            CommitTransaction(given, cancellationToken);
            if (isEnd)
            {
                WaitUntilVisible(cancellationToken);
            }
        }
        else
        {
            await CommitOffsetsAsync(given, cancellationToken).ConfigureAwait(false);
        }

        DropOpen();
    }

    private void CommitTransaction(GivenRanges[] given, CancellationToken cancellationToken)
    {
        CommitPoint point = _context.Session.TryGetCommitPoint(given)
            ?? throw new TransactionFailedException("Partitions of the transaction belong to another member by now.", null, needsNewProducer: false);
        if (given.Length == 0 && point.Ends.Count == 0)
        {
            return;
        }

        BeginIfNeeded();
        int letters = WriteDeadLetters(point.Ends, cancellationToken);
        TopicPartitionOffset[] offsets = [.. point.Ends.Select(e => new TopicPartitionOffset(_context.Session.Topic, e.Owner.Partition, e.End))];
        _producer.Commit(offsets, point.Membership, cancellationToken);
        _committed = offsets;
        _isBegun = false;
        _context.Session.Settle(given, point);
        Count(letters);
    }

    /// <summary>Whoever reads the scores after the run must find all of them.</summary>
    private void WaitUntilVisible(CancellationToken cancellationToken)
    {
        if (_committed.Length > 0 && _context.Session.TryGetMembership() is { } membership)
        {
            TopicPartitionOffset[] offsets = _committed;
            _committed = [];
            _isBegun = true;
            _producer.WaitUntilVisible(offsets, membership, cancellationToken);
            _isBegun = false;
        }
    }

    private async Task CommitOffsetsAsync(GivenRanges[] given, CancellationToken cancellationToken)
    {
        int letters = WriteDeadLetters(_context.Session.EndsOf(given), cancellationToken);
        _producer.Flush(cancellationToken);
        try
        {
            await _context.Session.CommitAsync(given, cancellationToken).ConfigureAwait(false);
        }
        catch (PartitionsLostException e)
        {
            Log.ClientError(_context.Logger, e.Message); // whoever has the partitions now scores these rows again
        }

        if (given.Length > 0)
        {
            Count(letters);
        }
    }

    private int WriteDeadLetters(IEnumerable<(OwnedPartition Owner, long End)> ends, CancellationToken cancellationToken)
    {
        IReadOnlyList<RejectedRecord> letters = _context.Session.Rejected?.Take(ends.Select(e => (e.Owner.Partition, e.Owner.Committed, e.End))) ?? [];
        foreach (RejectedRecord letter in letters)
        {
            _producer.Produce(_context.DeadLetters!.To(letter.Partition), letter.Key, letter.Value, _context.DeadLetters.HeadersOf(letter), new RecordOrigin(letter.Partition, letter.Offset, IsDeadLetter: true), cancellationToken);
        }

        return letters.Count;
    }

    private void Count(int deadLetters)
    {
        Totals = new ScoringTotals(Totals.Rows + _rows, Totals.Batches + _open.Count(b => b.Rows > 0), Totals.Commits + 1, Totals.Aborted, Totals.DeadLetters + deadLetters);
        Instruments.RowsScored.Add(_rows, _tags);
        Instruments.ScoringCommits.Add(1, [.. _tags, new(Instruments.Outcome, "committed")]);
        Instruments.ModelAge.Record((Time.GetUtcNow() - _scorer.Model.Created).TotalSeconds, [.. _tags, new(Instruments.ModelVersion, _scorer.Model.Version)]);
    }

    /// <summary>Aborts what is not committed, and has it read again.</summary>
    /// <exception cref="ScoringException">It has failed for too long, or repeating does not help.</exception>
    private async Task RepeatAsync(TransactionFailedException failure, CancellationToken cancellationToken)
    {
        _isToRewind = true;
        while (true)
        {
            Log.TransactionAborted(_context.Logger, _context.Session.Topic, failure.Message);
            Totals = Totals with { Aborted = Totals.Aborted + 1 };
            Instruments.ScoringCommits.Add(1, [.. _tags, new(Instruments.Outcome, "aborted")]);
            await ThrowIfHopelessAsync(failure).ConfigureAwait(false);
            DropOpen();
            try
            {
                await RestoreProducerAsync(failure, cancellationToken).ConfigureAwait(false);
                await RewindAsync(cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (TransactionFailedException e)
            {
                failure = e;
            }
            catch (BrokerException e) when (!e.IsAccessDenied)
            {
                failure = new TransactionFailedException(e.Message, null, needsNewProducer: false);
            }

            await Task.Delay(RetryInterval, Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task RestoreProducerAsync(TransactionFailedException failure, CancellationToken cancellationToken)
    {
        if (NextReports(failure) is { } reports)
        {
            if (_producer.Mode.Reports == DeliveryReports.None)
            {
                _usual = _producer.Mode;
            }

            if (reports == DeliveryReports.Records)
            {
                _usual = _usual.Halved(); // if no record alone is refused, it was a batch that was too large
            }

            _isBegun = false;
            await UseAsync(new ProducerMode(reports, _usual.MaxBatchBytes), cancellationToken).ConfigureAwait(false);
            return;
        }

        bool isUsable = !failure.NeedsNewProducer;
        if (_isBegun && isUsable)
        {
            try
            {
                _producer.Abort(cancellationToken);
            }
            catch (TransactionFailedException e)
            {
                Log.ClientError(_context.Logger, e.Message);
                isUsable = false;
            }
        }

        _isBegun = false;
        if (!isUsable)
        {
            await UseAsync(_producer.Mode, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>What the producer must tell in the next attempt, so that it is known why this one failed; null if that is known, or is not a matter of records.</summary>
    private DeliveryReports? NextReports(TransactionFailedException failure) => failure switch
    {
        { Refusals.Count: > 0 } or { Error: null } => null,
        { Error: var error } when ClientErrors.IsRecordRefused(error) => _producer.Mode.Reports == DeliveryReports.Records ? null : DeliveryReports.Records,
        { Error: var error } when error.Code is ErrorCode.Local_Inconsistent or ErrorCode.Local_State || ClientErrors.IsPermanent(error) => _producer.Mode.Reports == DeliveryReports.None ? DeliveryReports.Batches : null,
        _ => null,
    };

    /// <summary>Replaces the producer by a new one, which ends the transaction of the old one.</summary>
    private async Task UseAsync(ProducerMode mode, CancellationToken cancellationToken)
    {
        _producer.Dispose();
        _producer = _context.CreateProducer(mode);
        if (_producer.IsTransactional)
        {
            await Task.Run(() => _producer.Init(cancellationToken), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Has the inputs of refused records written to the dead-letter topic instead.</summary>
    /// <exception cref="ScoringException">There is no such topic, or it refuses them too, or no record would be accepted.</exception>
    private void Refuse(IReadOnlyList<Refusal> refusals, TransactionFailedException failure)
    {
        foreach (Refusal refusal in refusals)
        {
            if (refusal.Origin is not { IsDeadLetter: false } origin || _context.Session.Rejected is not { } rejected || !ClientErrors.IsRecordRefused(refusal.Error))
            {
                throw Failed(refusal, failure);
            }

            rejected.Refuse(origin.Partition, origin.Offset, Describe(refusal));
        }
    }

    private string Describe(Refusal refusal) => refusal.Origin is { } origin
        ? FormattableString.Invariant($"The record of topic '{_context.Session.Topic}', partition {origin.Partition}, offset {origin.Offset}, cannot be scored: {refusal.Reason}")
        : $"A record cannot be written: {refusal.Reason}";

    private ScoringException Failed(Refusal refusal, TransactionFailedException failure) => new(
        $"{Describe(refusal)}{(ClientErrors.IsRecordRefused(refusal.Error) && _context.DeadLetters is null ? $", or set {nameof(ScorerOptions.DeadLetterTopic)} to go on without such records" : "")}.",
        failure)
    {
        Topic = _context.Session.Topic,
        Partition = refusal.Origin?.Partition,
        Offset = refusal.Origin?.Offset,
        ErrorCode = refusal.Error.IsLocalError ? null : (int)refusal.Error.Code,
        IsAccessDenied = ClientErrors.IsAccessDenied(refusal.Error),
    };

    private async Task ThrowIfHopelessAsync(TransactionFailedException failure)
    {
        if (failure.Refusals.Count > 0)
        {
            Refuse(failure.Refusals, failure);
            return;
        }

        _failingSince ??= Time.GetTimestamp();
        bool isDenied = failure.Error is { } error && ClientErrors.IsAccessDenied(error);
        if (!isDenied && Time.GetElapsedTime(_failingSince.Value) < _context.Timeout)
        {
            return;
        }

        string why = isDenied ? failure.Message : await FindMissingTopicAsync().ConfigureAwait(false) ?? failure.Message;
        throw new ScoringException($"Scoring topic '{_context.Session.Topic}' to topic '{_context.Options.OutputTopic}' failed: {why}", failure)
        {
            Topic = _context.Session.Topic,
            ErrorCode = failure.Error is { IsLocalError: false } code ? (int)code.Code : null,
            IsAccessDenied = isDenied,
        };
    }

    private async Task<string?> FindMissingTopicAsync()
    {
        foreach ((string? topic, string what) in ((string?, string)[])[(_context.Options.OutputTopic, "output"), (_context.Options.DeadLetterTopic, "dead-letter")])
        {
            if (topic is not null && await _producer.IsMissingAsync(topic).ConfigureAwait(false))
            {
                return $"the {what} topic '{topic}' does not exist any more, or may not be described with these credentials. Create it again, or start the scorer again, which creates it; what was scored since the last commit is scored again then.";
            }
        }

        return null;
    }
}
