using KafkaDatasets.Monitoring.Joining;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Monitoring.Streams;

/// <summary>The rows of a topic as they come.</summary>
internal sealed class LiveFeed(KafkaLiveDataset live, StopAt stopAt) : RowFeed
{
    /// <summary>Holds the clock back until it is known which partitions have rows to come.</summary>
    private const int NoPartition = -1;

    private LiveBatchOptions _options = new();
    private IAsyncEnumerator<LiveBatch>? _batches;
    private LiveBatch? _batch;
    private int _quietTicks;
    private bool _isCaughtUp;

    public override DatasetSchema Schema => live.Schema;

    public override ColumnRoles Roles => live.Session.Dataset.Roles;

    public override EventClock Clock { get; } = new([NoPartition]);

    public override void Choose(bool withFeatures, IReadOnlyList<TensorColumn> numbers, IReadOnlyList<string> columns, int blockRows)
    {
        _options = new LiveBatchOptions { BatchSize = blockRows, StopAt = stopAt, Tensors = numbers, Columns = columns };
        Layout = live.Session.LayoutOf(_options);
    }

    public override async ValueTask<RowBlock?> ReadAsync(CancellationToken cancellationToken)
    {
        // Nothing is committed: the next run of the monitor starts where this one started.
        _batch?.Dispose();
        _batch = null;
        _batches ??= live.ReadBatchesAsync(_options, cancellationToken).GetAsyncEnumerator(CancellationToken.None);
        if (!await _batches.MoveNextAsync().ConfigureAwait(false))
        {
            return null;
        }

        _batch = _batches.Current;
        return _batch.Block;
    }

    public override void OnRead(RowBlock block)
    {
        Clock.Advance();
        (_quietTicks, _isCaughtUp) = (0, false);
    }

    /// <summary>Whether the other topic must not wait for this one: no row is to come, or none has come for a number of ticks.</summary>
    public bool IsQuiet(int ticks) => _isCaughtUp || _quietTicks >= ticks || Clock.Time == long.MaxValue;

    /// <summary>Notes which partitions have rows to come; null if that is not known.</summary>
    public void OnTick(int[]? behind)
    {
        _quietTicks++;
        _isCaughtUp = behind is [];
        if (behind is not null && Clock.Time != long.MaxValue)
        {
            Clock.SetOpen(behind);
            Clock.Advance();
        }
    }

    /// <summary>The partitions with records that have not been read; null while the member has no partitions.</summary>
    public async ValueTask<int[]?> BehindAsync(CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<int, long> lag = await live.GetLagAsync(cancellationToken).ConfigureAwait(false);
        return lag.Count == 0 ? null : [.. lag.Where(l => l.Value > 0).Select(l => l.Key)];
    }

    public override async ValueTask DisposeAsync()
    {
        _batch?.Dispose();
        if (_batches is not null)
        {
            await _batches.DisposeAsync().ConfigureAwait(false);
        }

        await live.DisposeAsync().ConfigureAwait(false);
    }
}
