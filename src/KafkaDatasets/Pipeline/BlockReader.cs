using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Ranges;
using KafkaDatasets.Rows;
using Microsoft.Extensions.Logging;

namespace KafkaDatasets.Pipeline;

/// <summary>The reader's end of a pass.</summary>
/// <remarks>Disposing it ends the pass; so does collecting it as garbage, since the pass does not reference it: ML.NET does not always dispose cursors.</remarks>
internal sealed class BlockReader : IRowReader, IAsyncDisposable
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(100);

    private readonly Func<ReadOrder, RowPipeline> _open;
    private readonly DatasetSnapshot _snapshot;
    private readonly KafkaDatasetOptions _options;
    private readonly ILogger _logger;
    private readonly CancellationToken _datasetDisposed;
    private readonly ColumnWatch.Pass? _watch;
    private readonly Activity? _activity;
    private readonly long _started;
    private readonly KeyValuePair<string, object?>[] _tags;
    private RowPipeline _pipeline;
    private long _rows;
    private long _reported;
    private bool _isDivided;
    private volatile bool _ended;
    private bool _isReading;
    private ExceptionDispatchInfo? _failure;

    /// <param name="open">Starts a pass in an order.</param>
    /// <param name="order">The order.</param>
    /// <param name="options">The options of the dataset.</param>
    /// <param name="logger">The logger.</param>
    /// <param name="datasetDisposed">Cancelled when the dataset is disposed.</param>
    /// <param name="watch">Looks for columns without values.</param>
    public BlockReader(Func<ReadOrder, RowPipeline> open, ReadOrder order, KafkaDatasetOptions options, ILogger logger, CancellationToken datasetDisposed, ColumnWatch.Pass? watch = null)
    {
        DatasetSnapshot snapshot = order.Snapshot;
        _watch = watch;
        _open = open;
        _pipeline = open(order);
        _snapshot = snapshot;
        _options = options;
        _logger = logger;
        _datasetDisposed = datasetDisposed;
        _started = options.TimeProvider.GetTimestamp();
        _reported = _started;
        _tags = Instruments.TagsOf(snapshot.Topic, Instruments.Receive);
        _activity = Instruments.Start(snapshot.Topic, Instruments.Receive, ActivityKind.Client);
    }

    ~BlockReader() => _pipeline?.StopAsync(wait: false);

    /// <summary>The time since the pass began.</summary>
    public TimeSpan Elapsed => _options.TimeProvider.GetElapsedTime(_started);

    /// <summary>In a shuffled order, the window up to which, but not including it, all rows have been read.</summary>
    public long Window { get; private set; }

    /// <summary>The segments of the last block's rows, in order.</summary>
    public IReadOnlyList<RowRun> Runs => _pipeline.Runs;

    /// <summary>The next block, which the caller owns until <see cref="Return"/>; null at the end of the range.</summary>
    /// <exception cref="Exception">The error that ended the pass; thrown again by every further call.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<RowBlock?> ReadAsync()
    {
        if (Interlocked.Exchange(ref _isReading, true))
        {
            throw new InvalidOperationException($"A pass over topic '{_snapshot.Topic}' is read by two callers at once: start one for each.");
        }

        try
        {
            return await ReadNextAsync().ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _isReading, false);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<RowBlock?> ReadNextAsync()
    {
        _failure?.Throw();
        if (_ended)
        {
            return null;
        }

        PipelineBlock read;
        try
        {
            read = await _pipeline.ReadAsync().ConfigureAwait(false);
            if (read.Block is null)
            {
                _pipeline.ThrowIfNothingDecoded();
            }
        }
        catch (Exception e)
        {
            _failure = ExceptionDispatchInfo.Capture(e is OperationCanceledException && _datasetDisposed.IsCancellationRequested
                ? new ObjectDisposedException(nameof(KafkaDataset), $"The dataset of topic '{_snapshot.Topic}' was disposed while it was read.")
                : e);
            Instruments.Fail(_activity, _failure.SourceException);
            _failure.Throw();
            throw;
        }

        Window = Math.Max(Window, read.Window);
        if (read.Block is not { } block)
        {
            End();
            return null;
        }

        _rows += block.Rows;
        _watch?.Look(block);
        Instruments.RowsRead.Add(block.Rows, _tags);
        Instruments.BytesFetched.Add(read.Bytes, _tags);
        Report(read.OffsetsPassed);
        return block;
    }

    /// <summary>Continues the pass in another order, for a window that is larger than the memory.</summary>
    public async ValueTask RestartAsync(ReadOrder order)
    {
        await _pipeline.StopAsync(wait: true).ConfigureAwait(false);
        Window = 0;
        if (!_ended)
        {
            _pipeline = _open(order);
        }

        if (_ended)
        {
            await _pipeline.StopAsync(wait: true).ConfigureAwait(false); // left meanwhile by another thread
        }
    }

    /// <summary>Corrects the number of rows read: some were read but not given to the caller.</summary>
    public void OnDropped(int rows) => _rows -= rows;

    /// <summary>Logs, once for each pass, that windows are read several times because their rows are too large for the memory.</summary>
    /// <param name="enough">The value of <see cref="KafkaDatasetOptions.PrefetchBytes"/> that would be enough, approximately.</param>
    public void OnWindowDivided(long enough)
    {
        if (!_isDivided)
        {
            _isDivided = true;
            Log.WindowDivided(_logger, _snapshot.Topic, _options.PrefetchBytes, enough);
        }
    }

    /// <summary>Rents a block that the caller owns until <see cref="Return"/>.</summary>
    public RowBlock Rent() => _pipeline.Rent();

    public void Return(RowBlock block) => _pipeline.Return(block);

    /// <summary>Ends the pass without waiting for it to stop completely.</summary>
    public void Abandon()
    {
        GC.SuppressFinalize(this);
        End(stopped: true);
        _pipeline.StopAsync(wait: false);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        End(stopped: true);
        await _pipeline.StopAsync(wait: true).ConfigureAwait(false);
    }

    private void End(bool stopped = false)
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        TimeSpan elapsed = Elapsed;
        Log.PassEnded(_logger, _snapshot.Topic, _rows, elapsed);
        if (!stopped)
        {
            _watch?.End(_rows);
            _options.Progress?.Report(new ReadProgress(_snapshot.Topic, _rows, _snapshot.Length, _snapshot.Length, elapsed));
        }

        RecordDuration(elapsed, stopped);
        Instruments.End(_activity, _rows);
    }

    private void RecordDuration(TimeSpan elapsed, bool stopped)
    {
        string end = _failure is not null ? "failed" : stopped ? "left" : "reached";
        KeyValuePair<string, object?> ended = new(Instruments.PassEnd, end);
        Instruments.PassDuration.Record(
            elapsed.TotalSeconds,
            _failure is null ? [.. _tags, ended] : [.. _tags, ended, new(Instruments.ErrorType, _failure.SourceException.GetType().FullName)]);
    }

    private void Report(long passed)
    {
        if (_options.Progress is not { } progress)
        {
            return;
        }

        long now = _options.TimeProvider.GetTimestamp();
        if (_options.TimeProvider.GetElapsedTime(_reported, now) >= ProgressInterval)
        {
            _reported = now;
            progress.Report(new ReadProgress(_snapshot.Topic, _rows, passed, _snapshot.Length, _options.TimeProvider.GetElapsedTime(_started, now)));
        }
    }
}
