using KafkaDatasets.Diagnostics;
using KafkaDatasets.Fetching;
using KafkaDatasets.MLNet;
using KafkaDatasets.Ranges;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Live;

/// <summary>
/// One member's view of its partitions: which offsets of each were returned in batches, and which can be committed. The member's thread reports assignments and records;
/// one reader at a time forms batches from them.
/// </summary>
internal sealed class LiveSession : IGroupEvents, IAsyncDisposable
{
    private static readonly TimeSpan RebalanceInterval = TimeSpan.FromMilliseconds(50);

    private readonly LiveOptions _live;
    private readonly KafkaDatasetOptions _options;
    private readonly GroupMember _member;
    private readonly IHeadReader _head;
    private readonly object _gate = new();
    private readonly SortedDictionary<int, OwnedPartition> _owned = [];
    private readonly HashSet<int> _leaving = [];
    private readonly TaskCompletionSource _assigned = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _committing = new(1, 1);
    private readonly LiveInstruments _instruments;
    private readonly FollowedTopic _topic;
    private TopicWatch? _watch;
    private int _epoch;
    private int _assignments;
    private bool _awaitsAssignment = true;
    private bool _isReading;
    private bool _hasGiven;
    private int _disposed;
    private Exception? _failure;

    public LiveSession(KafkaDataset dataset, KafkaDatasetOptions options, LiveOptions live, bool hasConsumerProtocol)
    {
        Dataset = dataset;
        _options = options;
        _live = live;
        _member = new GroupMember(dataset.Context, dataset.Snapshot.Topic, live, hasConsumerProtocol, options.PrefetchBytes / 2, this);
        _head = dataset.Engine.OpenHead(dataset.Snapshot.Topic, dataset.Snapshot.TopicId, options.PrefetchBytes / 2, this) ?? _member;
        _topic = new FollowedTopic(dataset, live, options.OnDataLoss);
        _instruments = new LiveInstruments(dataset.Snapshot.Topic, live.GroupId);
    }

    /// <summary>Raised on the member's thread.</summary>
    public event Action<PartitionsChange, IReadOnlyList<int>>? Changed;

    /// <summary>Raised on the member's thread before it waits for the batches of partitions that are revoked, and when partitions are lost.</summary>
    public event Action? Leaving;

    /// <summary>Whether offsets are committed by transactions of a producer, and not by the member.</summary>
    public bool IsCommittedByTransactions { get; init; }

    /// <summary>The records that could not be decoded; null if nobody collects them.</summary>
    public RejectedRecords? Rejected { get; init; }

    /// <summary>The topic as a dataset: its format, its engine, its columns.</summary>
    public KafkaDataset Dataset { get; }

    public string Topic => Dataset.Snapshot.Topic;

    public TimeProvider Time => _options.TimeProvider;

    /// <summary>Whether rows have been read before, by this member or by the group.</summary>
    public bool IsContinued => Volatile.Read(ref _hasGiven) || _topic.IsContinued;

    /// <summary>What has arrived for the reader.</summary>
    public LiveInbox Inbox { get; } = new();

    /// <summary>The number of the current epoch. It increases when partitions are revoked, which invalidates what was read before.</summary>
    public int Epoch => Volatile.Read(ref _epoch);

    /// <summary>How often partitions have been assigned: while it stays the same, there are no <see cref="Others"/>.</summary>
    public int Assignments => Volatile.Read(ref _assignments);

    public IReadOnlyList<int> Assignment
    {
        get
        {
            lock (_gate)
            {
                return [.. _owned.Keys];
            }
        }
    }

    public void Start()
    {
        _member.Start();
        _watch = new TopicWatch(this, _instruments);
    }

    /// <param name="options">What a batch holds.</param>
    /// <param name="isDataset">Whether the rows are those of the dataset, whatever is read of them; false for those that a model scores or a monitor counts, which need no other columns than it does.</param>
    /// <exception cref="InvalidOptionsException">The options name columns that do not exist; the message lists every problem found.</exception>
    public RowLayout LayoutOf(LiveBatchOptions options, bool isDataset = false)
    {
        var batch = new BatchOptions { BatchSize = options.BatchSize, Tensors = options.Tensors };
        var faults = new List<string>();
        List<BlockColumn> columns = [.. batch.Bind(Dataset.Schema, _options.ColumnNameCaseInsensitive, static (_, _) => { })];
        foreach (string name in options.Columns)
        {
            if (ColumnRoles.Find(Dataset.Schema, name, _options.ColumnNameCaseInsensitive, nameof(LiveBatchOptions.Columns), faults) is { } column)
            {
                if (columns.Any(c => c.Tensor is not null && c.Fields[0] == column))
                {
                    faults.Add($"{nameof(LiveBatchOptions.Columns)}: '{name}' is in {nameof(LiveBatchOptions.Tensors)} too: leave it out of one of them");
                }
                else
                {
                    columns.Add(new BlockColumn(column));
                }
            }
        }

        InvalidOptionsException.ThrowIfAny(nameof(LiveBatchOptions), faults);
        return isDataset ? Dataset.LayoutOf(true, columns) : new RowLayout(Dataset.Roles, true, columns);
    }

    /// <summary>The schema of a batch's view.</summary>
    public ViewSchema ViewSchemaOf(RowLayout layout) => new(
        Dataset.Roles,
        [
            .. layout.Columns.Take(layout.Wanted).Where((c, i) => i != layout.Label && i != layout.Features && c.Tensor is null).Select(c => new ViewField(c.Fields[0].Name, c.Fields[0])),
            .. Dataset.Schema.RecordColumns.Where(ViewFields.IsPosition).Select(c => new ViewField(c.Name, c)),
        ]);

    /// <summary>Reads batches.</summary>
    /// <param name="options">What a batch holds and when the read ends.</param>
    /// <param name="layout">The layout of a batch.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <exception cref="InvalidOptionsException">The read would end at a partition that the topic does not have.</exception>
    public IAsyncEnumerable<LiveBatch> ReadAsync(LiveBatchOptions options, RowLayout layout, CancellationToken cancellationToken)
    {
        _topic.Check(options.StopAt);
        return new LiveReads(this, token => new LiveReader(this, options, layout, token), cancellationToken);
    }

    /// <summary>Begins a read, which <see cref="EndRead"/> ends.</summary>
    /// <exception cref="InvalidOperationException">Another read is in progress.</exception>
    public void BeginRead()
    {
        ThrowIfDisposed();
        lock (_gate)
        {
            if (_isReading)
            {
                throw new InvalidOperationException($"Topic '{Topic}' is followed by another read of the same live dataset: one read at a time; join again for another member.");
            }

            _isReading = true;
        }
    }

    public void ThrowIfDisposed()
    {
        if (_disposed != 0)
        {
            throw new ObjectDisposedException(nameof(KafkaLiveDataset), $"The live dataset of topic '{Topic}' is disposed: join again.");
        }
    }

    /// <summary>Waits for the first assignment.</summary>
    public Task WaitForAssignmentAsync(CancellationToken cancellationToken) => _assigned.Task.WaitAsync(cancellationToken);

    public void ThrowIfFailed()
    {
        if (Volatile.Read(ref _failure) is { } failure)
        {
            throw failure;
        }
    }

    /// <summary>Begins an epoch of reading: every partition starts where its last batch ended.</summary>
    public (int Epoch, IReadOnlyList<OwnedPartition> Partitions) Begin()
    {
        lock (_gate)
        {
            int epoch = ++_epoch;
            _head.Begin(epoch);
            OwnedPartition[] partitions = [.. _owned.Values.Where(o => !_leaving.Contains(o.Partition))];
            foreach (OwnedPartition partition in partitions)
            {
                partition.Read = partition.Given;
                partition.IsAtHead = false;
            }

            return (epoch, partitions);
        }
    }

    /// <summary>The partitions that the reader has not started yet.</summary>
    public IReadOnlyList<OwnedPartition> Others(IReadOnlyCollection<OwnedPartition> begun)
    {
        lock (_gate)
        {
            return [.. _owned.Values.Where(o => !_leaving.Contains(o.Partition) && !begun.Contains(o))];
        }
    }

    /// <summary>Whether the member has partitions, or is known to have none.</summary>
    public bool IsSettled
    {
        get
        {
            lock (_gate)
            {
                return _owned.Count > 0 || !_awaitsAssignment;
            }
        }
    }

    public void Follow(OwnedPartition partition, int epoch) => _head.Follow(partition.Partition, partition.Read, epoch);

    public ValueTask<long[]> EndsAsync(IReadOnlyList<int> partitions, OffsetQuery query, CancellationToken cancellationToken) =>
        partitions.Count == 0 ? new ValueTask<long[]>([]) : Dataset.Engine.ListOffsetsAsync(Topic, partitions, query, cancellationToken);

    /// <summary>Records the offsets that a batch covers as returned, unless partitions were revoked since the epoch began.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="read">The partitions that the reader reads.</param>
    /// <param name="withRows">Those that have rows in the batch; empty if there is no batch, only offsets without rows.</param>
    public GivenRanges? TryGive(int epoch, IEnumerable<OwnedPartition> read, IReadOnlyCollection<OwnedPartition> withRows)
    {
        lock (_gate)
        {
            if (epoch != _epoch)
            {
                return null;
            }

            var parts = new (OwnedPartition Owner, PartitionRange Range)[withRows.Count];
            int count = 0;
            foreach (OwnedPartition partition in withRows)
            {
                parts[count++] = (partition, new PartitionRange(partition.Partition, partition.Given, partition.Read));
            }

            _hasGiven |= count > 0;
            Array.Sort(parts, static (a, b) => a.Range.Partition.CompareTo(b.Range.Partition));
            var given = new GivenRanges(parts, epoch);
            foreach (OwnedPartition partition in read)
            {
                partition.Give(partition.Read, withRows.Contains(partition) ? given : null);
            }

            return given;
        }
    }

    public async ValueTask CommitAsync(GivenRanges given, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            given.IsCommitted = true;
            given.IsFinished = true;
            Monitor.PulseAll(_gate);
        }

        try
        {
            await CommitPartsAsync(given, cancellationToken).ConfigureAwait(false);
        }
        catch (KafkaDatasetException e) when (_disposed == 0 && IsPerhapsDeleted(e))
        {
            // Of a deleted topic, the group takes the partitions away, or refuses the offsets: the reader is to hear what has happened to it.
            if (await TryFindLossAsync(cancellationToken).ConfigureAwait(false) is { } loss)
            {
                throw loss;
            }

            throw;
        }
    }

    private static bool IsPerhapsDeleted(KafkaDatasetException e) => e is PartitionsLostException || e.InnerException switch
    {
        null => e is BrokerException, // the group's rebalance does not end
        Confluent.Kafka.TopicPartitionOffsetException parts => parts.Results.Exists(r => Clients.ClientErrors.IsUnknownTopic(r.Error)),
        Confluent.Kafka.KafkaException cause => Clients.ClientErrors.IsUnknownTopic(cause.Error),
        _ => false,
    };

    private async Task<DataLossException?> TryFindLossAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await FindLossAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (BrokerException)
        {
            return null; // nobody knows
        }
    }

    private async ValueTask CommitPartsAsync(GivenRanges given, CancellationToken cancellationToken)
    {
        long since = Time.GetTimestamp();
        while (!await Task.Run(() => TryCommitOpen(given.Parts.Select(p => p.Owner)), cancellationToken).WaitAsync(_options.Timeout, Time, cancellationToken).ConfigureAwait(false))
        {
            // A rebalance is in progress. Afterwards, either the partitions still belong to this member and the commit is retried, or they do not and finished batches were committed when they were revoked.
            if (Time.GetElapsedTime(since) > _options.Timeout)
            {
                throw NotCommitted("the group's rebalance has not ended", null);
            }

            await Task.Delay(RebalanceInterval, Time, cancellationToken).ConfigureAwait(false);
        }

        int[] lost;
        lock (_gate)
        {
            lost = [.. given.Parts.Where(p => !p.Owner.IsOwned && p.Owner.Committed < p.Range.End).Select(p => p.Owner.Partition)];
        }

        if (lost.Length > 0)
        {
            throw Lost(lost);
        }
    }

    /// <summary>
    /// Returns the offsets that are committed together with batches, and the membership for which that is valid; null if partitions of the batches no longer belong to this member.
    /// The membership is determined first: if the partitions still belong to the member afterwards, the brokers refuse the offsets as soon as another member can own the partitions.
    /// </summary>
    public CommitPoint? TryGetCommitPoint(IReadOnlyList<GivenRanges> batches)
    {
        if (_member.TryGetMembership() is not { } membership)
        {
            return null;
        }

        HashSet<GivenRanges> given = [.. batches];
        lock (_gate)
        {
            return batches.Any(b => b.Parts.Any(p => !p.Owner.IsOwned))
                ? null
                : new CommitPoint(membership, [.. _owned.Values.Select(o => (o, o.ReachOf(given))).Where(e => e.Item2 > e.o.Committed)]);
        }
    }

    /// <summary>The offsets that are committed together with batches.</summary>
    public IReadOnlyList<(OwnedPartition Owner, long End)> EndsOf(IReadOnlyList<GivenRanges> batches)
    {
        HashSet<GivenRanges> given = [.. batches];
        lock (_gate)
        {
            return [.. _owned.Values.Select(o => (o, o.ReachOf(given))).Where(e => e.Item2 > e.o.Committed)];
        }
    }

    /// <summary>Records that a transaction has committed batches and offsets.</summary>
    public void Settle(IReadOnlyList<GivenRanges> batches, CommitPoint point)
    {
        lock (_gate)
        {
            foreach (GivenRanges batch in batches)
            {
                batch.IsCommitted = true;
                batch.IsFinished = true;
            }

            foreach ((OwnedPartition owner, long end) in point.Ends)
            {
                owner.Committed = Math.Max(owner.Committed, end);
                owner.Advance();
            }

            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Commits several batches at once, as if each was committed.</summary>
    public ValueTask CommitAsync(IReadOnlyList<GivenRanges> batches, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            foreach (GivenRanges batch in batches)
            {
                batch.IsCommitted = true;
                batch.IsFinished = true;
            }
        }

        return CommitAsync(new GivenRanges([.. batches.SelectMany(b => b.Parts)], 0), cancellationToken);
    }

    /// <summary>Makes the reader read again everything that the group has not committed.</summary>
    /// <returns>The epoch of the batches that are read again.</returns>
    /// <exception cref="BrokerException">The brokers did not return the group's offsets in time.</exception>
    public int Rewind()
    {
        OwnedPartition[] partitions;
        lock (_gate)
        {
            partitions = [.. _owned.Values];
        }

        // The outcome of a failed transaction may be unknown, so the brokers are asked.
        IReadOnlyList<long?> committed = partitions.Length == 0 ? [] : CommittedOf([.. partitions.Select(o => o.Partition)]);
        lock (_gate)
        {
            foreach (OwnedPartition owner in _owned.Values)
            {
                int i = Array.IndexOf(partitions, owner); // −1: it was assigned after the request
                owner.Rewind(Math.Max(i < 0 ? 0 : committed[i] ?? 0, owner.Committed));
            }

            Rejected?.Clear();
            Inbox.Wake();
            return ++_epoch;
        }
    }

    private IReadOnlyList<long?> CommittedOf(IReadOnlyList<int> partitions)
    {
        try
        {
            return _member.Committed(partitions);
        }
        catch (Confluent.Kafka.KafkaException e)
        {
            throw Clients.ClientErrors.ToException(e.Error, $"Reading the offsets of group '{_live.GroupId}'", Topic, "READ on the topic and on the group", cause: e);
        }
    }

    /// <summary>Records that the reader is done with a batch, committed or not.</summary>
    public void Finish(GivenRanges given)
    {
        lock (_gate)
        {
            given.IsFinished = true;
            Monitor.PulseAll(_gate);
        }
    }

    public async ValueTask<IReadOnlyDictionary<int, long>> GetLagAsync(CancellationToken cancellationToken)
    {
        OwnedPartition[] partitions;
        lock (_gate)
        {
            partitions = [.. _owned.Values];
        }

        long[] ends = await EndsAsync([.. partitions.Select(p => p.Partition)], OffsetQuery.LastStable, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            return partitions.Zip(ends).ToDictionary(p => p.First.Partition, p => Math.Max(0, p.Second - p.First.Given));
        }
    }

    /// <summary>The offsets at which reading started in the partitions that the member has.</summary>
    public IReadOnlyDictionary<int, long> Starts
    {
        get
        {
            lock (_gate)
            {
                return _owned.Values.ToDictionary(o => o.Partition, o => o.Start);
            }
        }
    }

    /// <summary>The membership as a producer's transaction needs it; null while the member is not part of the group.</summary>
    public Confluent.Kafka.IConsumerGroupMetadata? TryGetMembership() => _member.TryGetMembership();

    /// <summary>Commits batches that were finished elsewhere, as far as that is possible at once: not while a rebalance is in progress, and not for partitions that are no longer owned.</summary>
    /// <exception cref="BrokerException">The brokers did not store the offsets in time.</exception>
    public Task CommitTogetherAsync(IReadOnlyList<GivenRanges> batches)
    {
        lock (_gate)
        {
            foreach (GivenRanges batch in batches)
            {
                batch.IsCommitted = true;
                batch.IsFinished = true;
            }
        }

        return Task.Run(() => TryCommitOpen(batches.SelectMany(b => b.Parts.Select(p => p.Owner)).Distinct()));
    }

    /// <summary>Records that the reader has ended.</summary>
    public void EndRead()
    {
        (_, IReadOnlyList<OwnedPartition> partitions) = Begin();
        lock (_gate)
        {
            foreach (OwnedPartition partition in partitions)
            {
                partition.StopBefore = null;
            }

            _isReading = false;
        }

        while (Inbox.TryTake(out LivePiece piece))
        {
            piece.Drop();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        OnFailed(new ObjectDisposedException(nameof(KafkaLiveDataset), $"The live dataset of topic '{Topic}' was disposed while it was read."));

        // Leaving the group waits for brokers; if they are unreachable, waiting longer is pointless.
        await Task.WhenAll(_head.StopAsync(), LeaveAsync()).WaitAsync(_options.Timeout + _live.RevokeTimeout, Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await (_watch?.DisposeAsync() ?? ValueTask.CompletedTask).ConfigureAwait(false);
        _instruments.Dispose();
        await Dataset.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Leaves the group when a commit in progress, whose caller may have been cancelled, has ended: the client must not vanish meanwhile.</summary>
    private async Task LeaveAsync()
    {
        await _committing.WaitAsync().ConfigureAwait(false);
        _committing.Release();
        await _member.StopAsync().ConfigureAwait(false);
    }

    public IReadOnlyList<long> OnAssigned(IReadOnlyList<int> partitions)
    {
        long[] starts = partitions.Count == 0 ? [] : _topic.FindStarts(partitions, CommittedOf);
        lock (_gate)
        {
            _awaitsAssignment = false;
            for (int i = 0; i < partitions.Count; i++)
            {
                _owned[partitions[i]] = new OwnedPartition(partitions[i], starts[i]);
                _leaving.Remove(partitions[i]);
            }

            _assignments++;
        }

        _instruments.Assigned(partitions);
        Tell(PartitionsChange.Assigned, partitions);
        _assigned.TrySetResult();
        Inbox.Wake();
        return starts;
    }

    public void OnRevoked(IReadOnlyList<int> partitions)
    {
        OwnedPartition[] leaving = Leave(partitions);
        Leaving?.Invoke();
        long since = Time.GetTimestamp();
        lock (_gate)
        {
            // Gives the caller time to commit the batches in progress; otherwise the next member reads them again.
            while (leaving.Any(o => o.HasUnfinished) && _live.RevokeTimeout - Time.GetElapsedTime(since) is { Ticks: > 0 } left)
            {
                Monitor.Wait(_gate, left < TimeSpan.FromMilliseconds(100) ? left : TimeSpan.FromMilliseconds(100));
            }
        }

        try
        {
            TryCommitOpen(leaving);
        }
        catch (KafkaDatasetException e)
        {
            Log.ClientError(Dataset.Context.Logger, e.Message); // the partitions are revoked anyway; the next member reads from the last commit
        }

        Drop(leaving);
        _instruments.Revoked(partitions);
        Tell(PartitionsChange.Revoked, partitions);
    }

    public void OnLost(IReadOnlyList<int> partitions)
    {
        Drop(Leave(partitions));
        Leaving?.Invoke();
        _instruments.Lost(partitions);
        Tell(PartitionsChange.Lost, partitions);
    }

    public TaskCompletionSource? OnRecords(IReadOnlyList<RecordChunk> chunks, int epoch) => Inbox.Add(chunks, epoch);

    public void OnUnreadable(Exception failure, int epoch) => Inbox.Add(new LivePiece(epoch) { Failure = failure });

    public void OnFailed(Exception failure)
    {
        Interlocked.CompareExchange(ref _failure, failure, null);
        _assigned.TrySetResult();
        Inbox.Wake();
    }

    public long OnOutOfRange(int partition, long position) => _topic.FindNext(partition, position);

    public void Recognize(TopicMetadata topic) => _topic.Recognize(topic);

    public DataLossException Deleted(TopicNotFoundException cause) => _topic.Deleted(cause);

    /// <summary>What has become of the topic; null if it is still there, and the same one.</summary>
    /// <exception cref="BrokerException">No broker can say.</exception>
    public Task<DataLossException?> FindLossAsync(CancellationToken cancellationToken) => _topic.FindLossAsync(cancellationToken);

    private OwnedPartition[] Leave(IReadOnlyList<int> partitions)
    {
        lock (_gate)
        {
            _head.Begin(++_epoch);
            OwnedPartition[] leaving = [.. partitions.Select(p => _owned.GetValueOrDefault(p)).OfType<OwnedPartition>()];
            _leaving.UnionWith(partitions);
            Inbox.Wake();
            return leaving;
        }
    }

    private void Drop(OwnedPartition[] partitions)
    {
        lock (_gate)
        {
            foreach (OwnedPartition partition in partitions)
            {
                partition.IsOwned = false;
                _owned.Remove(partition.Partition);
                _leaving.Remove(partition.Partition);
            }

            _awaitsAssignment = _owned.Count == 0;
        }
    }

    private void Tell(PartitionsChange change, IReadOnlyList<int> partitions)
    {
        Log.PartitionsChanged(Dataset.Context.Logger, Topic, _live.GroupId, change.ToString(), string.Join(", ", partitions));
        Changed?.Invoke(change, partitions);
    }

    /// <summary>Commits the finished offsets of partitions that are not committed yet. Commits run one after another, so that an older one never overwrites a newer one.</summary>
    /// <returns>False if a rebalance is in progress.</returns>
    private bool TryCommitOpen(IEnumerable<OwnedPartition> partitions)
    {
        if (IsCommittedByTransactions)
        {
            return true;
        }

        _committing.Wait();
        try
        {
            List<(OwnedPartition Owner, long End)> ends;
            lock (_gate)
            {
                ends = [.. partitions.Where(o => o.IsOwned).Select(o => (o, o.Advance())).Where(e => e.Item2 > e.o.Committed)];
            }

            if (ends.Count > 0)
            {
                _member.Commit(ends.Select(e => (e.Owner.Partition, e.End)));
                lock (_gate)
                {
                    ends.ForEach(e => e.Owner.Committed = e.End);
                }
            }

            return true;
        }
        catch (Confluent.Kafka.KafkaException e) when (e.Error.Code
            is Confluent.Kafka.ErrorCode.UnknownMemberId
            or Confluent.Kafka.ErrorCode.IllegalGeneration
            or Confluent.Kafka.ErrorCode.StaleMemberEpoch
            or Confluent.Kafka.ErrorCode.FencedInstanceId
            or Confluent.Kafka.ErrorCode.RebalanceInProgress)
        {
            return false;
        }
        catch (Confluent.Kafka.KafkaException e)
        {
            throw NotCommitted(e.Error.Reason, e);
        }
        finally
        {
            _committing.Release();
        }
    }

    private BrokerException NotCommitted(string why, Confluent.Kafka.KafkaException? cause) => new($"The offsets of group '{_live.GroupId}' for topic '{Topic}' could not be committed: {why}.", cause)
    {
        Topic = Topic,
        ErrorCode = cause is null || cause.Error.IsLocalError ? null : (int)cause.Error.Code,
        IsAccessDenied = cause is not null && Clients.ClientErrors.IsAccessDenied(cause.Error),
    };

    private PartitionsLostException Lost(IReadOnlyList<int> partitions) => new(
        _disposed != 0
            ? $"Offsets of topic '{Topic}' could not be committed for group '{_live.GroupId}': the live dataset was disposed before. The next member of the group reads the rows again."
            : $"Offsets of topic '{Topic}' could not be committed for group '{_live.GroupId}': partition{(partitions.Count == 1 ? "" : "s")} {string.Join(", ", partitions)} belong{(partitions.Count == 1 ? "s" : "")} to another member by now, which reads the rows again.",
        partitions)
    {
        Topic = Topic,
        Partition = partitions[0],
    };
}
