using KafkaDatasets.Decoding;
using KafkaDatasets.Fetching;
using KafkaDatasets.Pipeline;
using KafkaDatasets.Ranges;
using KafkaDatasets.Rows;
using KafkaDatasets.Tensors;

namespace KafkaDatasets.Live;

/// <summary>
/// One read of a live dataset: takes records from the head of the log and rows of catch-up passes as they arrive, and forms batches of them, limited by rows and by time.
/// When partitions are revoked, it discards buffered rows and restarts where the last batch ended.
/// </summary>
internal sealed class LiveReader : IRowReader, IAsyncDisposable
{
    /// <summary>Partitions that lag by more offsets than this are first read by a pass of the fetch engine.</summary>
    private const long CatchUpOffsets = 2048;

    private const int PooledBlocks = 8;

    /// <summary>The maximum wait in milliseconds before the reader looks again whether anything is due: timers cannot wait for months.</summary>
    private const double MostWait = 3_600_000;

    private readonly LiveSession _session;
    private readonly LiveBatchOptions _options;
    private readonly RowLayout _layout;
    private readonly IRowDecoder _decoder;
    private readonly Pool<RowBlock> _pool;

    /// <summary>The size of a batch's rows, in bytes, from which on no more are added.</summary>
    private readonly long _fullBytes;
    private readonly CancellationToken _cancellation;
    private readonly StopCondition _stop;
    private readonly Dictionary<int, OwnedPartition> _partitions = [];
    private readonly HashSet<OwnedPartition> _withRows = [];
    private readonly List<CatchUpPass> _passes = [];
    private int _epoch = -1;
    private int _assignments = -1;
    private LivePiece _piece;
    private int _next;
    private RowBlock? _rows;
    private IRowReader? _rowsOwner;
    private long _batchBegan;
    private long? _rejectedSince;
    private Exception? _failure;
    private readonly CancellationTokenRegistration _wakesOnCancellation;
    private readonly ITimer _alarm;
    private bool _ended;

    public LiveReader(LiveSession session, LiveBatchOptions options, RowLayout layout, CancellationToken cancellation)
    {
        _session = session;
        _options = options;
        _layout = layout;
        _cancellation = cancellation;
        _decoder = session.Dataset.CreateDecoder(layout);
        _pool = new Pool<RowBlock>(() => new RowBlock(layout.Columns), PooledBlocks);
        _fullBytes = session.Dataset.Options.PrefetchBytes / 4;
        _stop = new StopCondition(options.StopAt, session);
        _wakesOnCancellation = cancellation.UnsafeRegister(static inbox => ((LiveInbox)inbox!).Wake(), session.Inbox);
        _alarm = session.Time.CreateTimer(static inbox => ((LiveInbox)inbox!).Wake(), session.Inbox, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Returns the next batch; null when the read has stopped.</summary>
    public async ValueTask<LiveBatch?> ReadAsync()
    {
        if (_ended)
        {
            return null;
        }

        while (true)
        {
            _cancellation.ThrowIfCancellationRequested();
            _session.ThrowIfFailed();
            if (_epoch != _session.Epoch)
            {
                await BeginAsync().ConfigureAwait(false);
            }

            if (_assignments != _session.Assignments)
            {
                await StartOthersAsync().ConfigureAwait(false);
            }

            bool isStopped = _next == 0 && await _stop.IsReachedAsync(_partitions.Values, _cancellation).ConfigureAwait(false);
            bool isLast = isStopped || _failure is not null;
            if (_rows is { Rows: > 0 } rows && (isLast || IsFull(rows) || RemainingDelay() <= TimeSpan.Zero))
            {
                if (TryGive() is { } batch)
                {
                    return batch;
                }

                continue;
            }

            if (IsRejectedDue(isLast))
            {
                BatchRows(); // a batch without rows, so that the offsets of records that could not be decoded can be committed
                if (TryGive() is { } empty)
                {
                    return empty;
                }

                continue;
            }

            if (_failure is { } failure)
            {
                throw failure; // what was read before it has been returned
            }

            if (isStopped)
            {
                if (!_session.IsContinued)
                {
                    _decoder.ThrowIfNothingDecoded(); // of a group that goes on, a few bad records may be all that is new
                }

                _ended = true;
                _session.TryGive(_epoch, _partitions.Values, []);
                return null;
            }

            if (_next > 0 || await TryTakePieceAsync().ConfigureAwait(false))
            {
                await ReadPieceAsync().ConfigureAwait(false);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _wakesOnCancellation.DisposeAsync().ConfigureAwait(false);
        await _alarm.DisposeAsync().ConfigureAwait(false);
        DropRows();
        DropPiece();
        await EndPassesAsync().ConfigureAwait(false);
        _session.EndRead();
    }

    ValueTask<RowBlock?> IRowReader.ReadAsync() => throw new NotSupportedException();

    public RowBlock Rent()
    {
        RowBlock block = _pool.Rent();
        block.Clear();
        return block;
    }

    public void Return(RowBlock block) => _pool.Return(block, block.Bytes <= _fullBytes / PooledBlocks ? PooledBlocks : 1);

    private bool IsFull(RowBlock rows) => rows.Rows >= _options.BatchSize || rows.UsedBytes >= _fullBytes;

    private TimeSpan RemainingDelay() => _options.MaxDelay - _session.Time.GetElapsedTime(_batchBegan);

    private async ValueTask BeginAsync()
    {
        await _session.WaitForAssignmentAsync(_cancellation).ConfigureAwait(false);
        DropRows();
        DropPiece();
        await EndPassesAsync().ConfigureAwait(false);
        _partitions.Clear();
        _assignments = -1;
        _failure = null;
        (_epoch, _) = _session.Begin();
    }

    /// <summary>Starts reading the partitions that are not read yet: with a catch-up pass if they are far behind, otherwise at the head.</summary>
    private async ValueTask StartOthersAsync()
    {
        _assignments = _session.Assignments;
        IReadOnlyList<OwnedPartition> others = _session.Others(_partitions.Values);
        if (others.Count == 0)
        {
            return;
        }

        long[] ends = await _session.EndsAsync([.. others.Select(o => o.Partition)], OffsetQuery.LastStable, _cancellation).ConfigureAwait(false);
        await _stop.AddAsync(others, ends, _cancellation).ConfigureAwait(false);
        var behind = new List<PartitionRange>();
        for (int i = 0; i < others.Count; i++)
        {
            OwnedPartition partition = others[i];
            _partitions[partition.Partition] = partition;
            long end = Math.Min(ends[i], partition.StopBefore ?? long.MaxValue);
            if (partition.IsStopped)
            {
                continue;
            }

            if (end - partition.Read > CatchUpOffsets && _session.Rejected?.NextRefused(partition.Partition, partition.Read) is null)
            {
                behind.Add(new PartitionRange(partition.Partition, partition.Read, end));
            }
            else
            {
                _session.Follow(partition, _epoch);
            }
        }

        if (behind.Count > 0)
        {
            _passes.Add(new CatchUpPass(_session, behind, _layout, new CatchUpDecoder(_decoder, _options.StopAt is StopAt.NeverStop, _session), _options.BatchSize, _epoch, _cancellation));
        }
    }

    /// <summary>Takes the next piece, after a wait if there is none; false if something else may be due first.</summary>
    private async ValueTask<bool> TryTakePieceAsync()
    {
        if (!_session.Inbox.TryTake(out LivePiece piece))
        {
            if (RemainingWait() is { } limit)
            {
                if (limit <= TimeSpan.Zero)
                {
                    return false;
                }

                _alarm.Change(TimeSpan.FromMilliseconds(Math.Min(Math.Ceiling(limit.TotalMilliseconds), MostWait)), Timeout.InfiniteTimeSpan);
            }

            await _session.Inbox.WaitAsync().ConfigureAwait(false);
            if (!_session.Inbox.TryTake(out piece))
            {
                return false; // the session has changed, or time is up
            }
        }

        piece.Room?.Release();
        if (piece.Epoch == _epoch)
        {
            _piece = piece;
            return true;
        }

        piece.Drop();
        return false; // the session may have changed
    }

    /// <summary>How long to wait for a piece at most; null for no limit.</summary>
    private TimeSpan? RemainingWait()
    {
        TimeSpan? limit = _rows is { Rows: > 0 } ? RemainingDelay() : _rejectedSince is { } since ? _options.MaxDelay - _session.Time.GetElapsedTime(since) : null;
        return _stop.Remaining is { } stop && (limit is null || stop < limit) ? stop : limit;
    }

    private async ValueTask ReadPieceAsync()
    {
        if (_piece.Failure is not null)
        {
            _failure = _piece.Failure;
            DropPiece();
        }
        else if (_piece.Chunk is { } chunk)
        {
            await ReadRecordsAsync(chunk).ConfigureAwait(false);
        }
        else if (_piece.Block is { } block)
        {
            ReadRows(block);
        }
        else
        {
            Reach();
        }
    }

    private async ValueTask ReadRecordsAsync(RecordChunk chunk)
    {
        if (!_partitions.TryGetValue(chunk.Partition, out OwnedPartition? partition))
        {
            DropPiece();
            return;
        }

        int next = _next;
        while (next < chunk.Count && chunk.Entries[next].Offset < partition.Read)
        {
            next++;
        }

        int end = next;
        int most = next + _options.BatchSize - (_rows?.Rows ?? 0);
        long left = _fullBytes / 2; // of large records, how large their rows are is looked at again before there are too many
        _stop.Observe(partition, chunk, next);
        long stop = partition.StopBefore ?? long.MaxValue;
        (long Offset, string Reason)? refused = next < chunk.Count ? _session.Rejected?.NextRefused(chunk.Partition, chunk.Entries[next].Offset) : null;
        while (end < chunk.Count && end < most && left > 0 && chunk.Entries[end].Offset < stop && chunk.Entries[end].Offset != refused?.Offset)
        {
            left -= chunk.Entries[end].ValueLength;
            end++;
        }

        if (end == next && end < chunk.Count && chunk.Entries[end].Offset < stop && chunk.Entries[end].Offset == refused?.Offset)
        {
            _session.Rejected!.Add(chunk, end, refused.Value.Reason);
            next = ++end;
        }

        if (end > next)
        {
            RowBlock rows = BatchRows();
            int before = rows.Rows;
            rows.EnsureRows(before + end - next);
            await _decoder.DecodeAsync(chunk, next, end - next, rows, _cancellation).ConfigureAwait(false);
            if (rows.Rows > before)
            {
                _withRows.Add(partition);
            }
        }

        bool isStopped = end < chunk.Count && chunk.Entries[end].Offset >= stop;
        partition.Read = Math.Max(partition.Read, end == chunk.Count ? chunk.NextOffset : isStopped ? stop : end > 0 ? chunk.Entries[end - 1].Offset + 1 : partition.Read);
        _next = end;
        if (end == chunk.Count || isStopped)
        {
            DropPiece();
        }
    }

    private void ReadRows(RowBlock block)
    {
        if (_next == 0 && block.Rows == _options.BatchSize && _rows is null)
        {
            // The block becomes the batch, without copying.
            Cover(block, 0, block.Rows);
            (_rows, _rowsOwner) = (block, _piece.Owner);
            _batchBegan = _session.Time.GetTimestamp();
            _piece = default;
            return;
        }

        int count = Math.Min(block.Rows - _next, _options.BatchSize - (_rows?.Rows ?? 0));
        if (count > 0)
        {
            BatchRows().Append(block, _next, count, _options.BatchSize);
            Cover(block, _next, count);
            _next += count;
        }

        if (_next == block.Rows)
        {
            DropPiece();
        }
    }

    private void Cover(RowBlock block, int start, int count)
    {
        ReadOnlySpan<int> partitions = block.Partitions.Slice(start, count);
        ReadOnlySpan<long> offsets = block.Offsets.Slice(start, count);
        for (int i = 0; i < count;)
        {
            int length = partitions[i..].IndexOfAnyExcept(partitions[i]);
            length = length < 0 ? count - i : length;
            OwnedPartition partition = _partitions[partitions[i]];
            partition.Read = offsets[i + length - 1] + 1;
            _withRows.Add(partition);
            i += length;
        }

        _stop.OnRows();
    }

    private void Reach()
    {
        foreach ((int number, long offset) in _piece.Reached ?? [])
        {
            if (_partitions.TryGetValue(number, out OwnedPartition? partition))
            {
                partition.Read = Math.Max(partition.Read, Math.Min(offset, partition.StopBefore ?? long.MaxValue));
                if (_piece.EndsPass && !partition.IsStopped)
                {
                    _session.Follow(partition, _epoch);
                }
            }
        }

        DropPiece();
    }

    private RowBlock BatchRows()
    {
        if (_rows is null)
        {
            (_rows, _rowsOwner) = (Rent(), this);
            _batchBegan = _session.Time.GetTimestamp();
        }

        _stop.OnRows();
        return _rows;
    }

    /// <summary>Whether records that could not be decoded have waited for a batch for the maximum delay.</summary>
    private bool IsRejectedDue(bool isLast)
    {
        if (_session.Rejected is not { IsEmpty: false } rejected || !_partitions.Values.Any(p => rejected.HasAny(p.Partition, p.Given, p.Read)))
        {
            _rejectedSince = null;
            return false;
        }

        _rejectedSince ??= _session.Time.GetTimestamp();
        return isLast || (_rows is not { Rows: > 0 } && _session.Time.GetElapsedTime(_rejectedSince.Value) >= _options.MaxDelay);
    }

    private LiveBatch? TryGive()
    {
        RowBlock rows = _rows!;
        _rejectedSince = null;
        if (_session.Rejected is { IsEmpty: false } rejected)
        {
            _withRows.UnionWith(_partitions.Values.Where(p => rejected.HasAny(p.Partition, p.Given, p.Read)));
        }

        if (_session.TryGive(_epoch, _partitions.Values, _withRows) is not { } given)
        {
            return null; // partitions were revoked: the rows are read again, by this member or another
        }

        var tensors = new TensorBatch(rows, new BatchSource(_rowsOwner!, _layout, null, null), default);
        (_rows, _rowsOwner) = (null, null);
        _withRows.Clear();
        return new LiveBatch(_session, given, rows, _layout, tensors);
    }

    private void DropRows()
    {
        if (_rows is { } rows)
        {
            _rowsOwner!.Return(rows);
        }

        (_rows, _rowsOwner) = (null, null);
        _withRows.Clear();
    }

    private void DropPiece()
    {
        _piece.Drop();
        _piece = default;
        _next = 0;
    }

    private async ValueTask EndPassesAsync()
    {
        foreach (CatchUpPass pass in _passes)
        {
            await pass.DisposeAsync().ConfigureAwait(false);
        }

        _passes.Clear();
    }
}
