using System.Runtime.CompilerServices;
using System.Threading.Channels;
using KafkaDatasets.Decoding;
using KafkaDatasets.Fetching;
using KafkaDatasets.Ranges;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Pipeline;

/// <summary>
/// A running pass: chunks are taken from the source in the order of the pass, cut into jobs, decoded by one or more workers,
/// and read as blocks in the order in which they were cut.
/// </summary>
internal sealed class RowPipeline
{
    /// <summary>For how many consecutive blocks the reader must wait before decoding is spread over more threads.</summary>
    private const int BlocksLate = 16;

    /// <summary>The maximum time that a finished block is held back so that the reader gets several at once.</summary>
    private static readonly TimeSpan LongestHeld = TimeSpan.FromMilliseconds(1);

    private readonly ReadOrder _order;
    private readonly IRecordSource _source;
    private readonly IRowDecoder _decoder;
    private readonly PipelineOptions _options;
    private readonly Channel<DecodeJob> _ordered;
    private readonly Pool<DecodeJob> _jobs;
    private readonly Pool<RowBlock> _blocks;
    private readonly string _blockKind;
    private readonly CancellationTokenSource _stop;
    private readonly DecodeWorkers _workers;
    private readonly Task _sequencer;
    private readonly Lazy<Task> _disposed;
    private readonly Queue<DecodeJob> _unpublished = new();
    private DecodeJob? _filling;
    private readonly List<RowRun> _runs = [];
    private long _published;
    private int _late;
    private TimeSpan _blockTime;

    /// <summary>Starts the pass.</summary>
    /// <param name="order">The order in which to read.</param>
    /// <param name="source">The source of the records; the pipeline disposes it.</param>
    /// <param name="decoder">Turns the records into rows.</param>
    /// <param name="options">How the memory is divided.</param>
    /// <param name="cancellationToken">Ends the pass: every wait in it throws.</param>
    /// <param name="datasetDisposed">Also ends the pass.</param>
    public RowPipeline(ReadOrder order, IRecordSource source, IRowDecoder decoder, PipelineOptions options, CancellationToken cancellationToken, CancellationToken datasetDisposed)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, datasetDisposed);
        _order = order;
        _source = source;
        _decoder = decoder;
        _workers = new DecodeWorkers(decoder, _stop.Token);
        _options = options;
        _ordered = Channel.CreateBounded<DecodeJob>(new BoundedChannelOptions(Math.Max(1, options.Blocks - options.BlocksAtOnce)) { SingleReader = true, SingleWriter = true });
        _jobs = new Pool<DecodeJob>(() => new DecodeJob(), options.Blocks + 2);
        _blockKind = BlockPool.Describe(decoder.Layout, options.BlockRows);
        _blocks = new Pool<RowBlock>(() => new RowBlock(decoder.Layout), options.Blocks + options.BlocksKept + 4, BlockPool.Shared.Take(_blockKind));
        _disposed = new Lazy<Task>(StopAsync);
        _sequencer = Task.Run(SequenceAsync);
    }

    /// <summary>The segments of the last block's rows, in order.</summary>
    public IReadOnlyList<RowRun> Runs => _runs;

    /// <summary>Reads the next block, which the caller owns until it is returned; returns null at the end of the range.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<PipelineBlock> ReadAsync()
    {
        while (await _ordered.Reader.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
        {
            if (_ordered.Reader.TryRead(out DecodeJob? job))
            {
                await job.Done.ConfigureAwait(false);
                (long bytes, long passed, long window) = (job.Bytes, job.OffsetsPassed, job.Window);
                _runs.Clear();
                _runs.AddRange(job.Runs);
                RowBlock? block = job.Reset();
                _jobs.Return(job);
                return new PipelineBlock(block, bytes, passed, window);
            }
        }

        return new PipelineBlock(null, 0, _order.Snapshot.Length, long.MaxValue);
    }

    /// <inheritdoc cref="IRowDecoder.ThrowIfNothingDecoded"/>
    public void ThrowIfNothingDecoded()
    {
        if (_order.Start == 0) // the rest of a resumed pass may consist of a few bad records only
        {
            _decoder.ThrowIfNothingDecoded();
        }
    }

    public RowBlock Rent()
    {
        RowBlock block = _blocks.Rent();
        block.Clear();
        return block;
    }

    public void Return(RowBlock block) => _blocks.Return(block);

    /// <summary>Ends all waits and releases all resources.</summary>
    public Task StopAsync(bool wait) => wait ? _disposed.Value : Task.Run(() => _disposed.Value);

    private async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _sequencer.ConfigureAwait(false);
        await _workers.EndAsync().ConfigureAwait(false);
        while (_ordered.Reader.TryRead(out DecodeJob? job) || _unpublished.TryDequeue(out job))
        {
            if (job.Reset() is { } block)
            {
                _blocks.Return(block);
            }
        }

        BlockPool.Shared.Keep(_blockKind, _blocks.Close());
        await _source.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task SequenceAsync()
    {
        Exception? failure = null;
        var heads = new Dictionary<long, SegmentHead>();
        try
        {
            await SequenceAsync(heads, _stop.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            failure = e;
        }

        _filling?.Reset();
        foreach (SegmentHead head in heads.Values)
        {
            head.Chunk?.Release();
        }

        try
        {
            await PublishAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e)
        {
            failure ??= e;
        }

        _ordered.Writer.Complete(failure);
    }

    private async Task SequenceAsync(Dictionary<long, SegmentHead> heads, CancellationToken cancellationToken)
    {
        long passed = _order.OffsetsBefore;
        foreach (ReadPiece piece in _order.Pieces())
        {
            if (!heads.TryGetValue(piece.Segment, out SegmentHead? head))
            {
                head = new SegmentHead(_order.Segment(piece.Segment));
                heads.Add(piece.Segment, head);
            }

            long before = head.Position;
            while (head.Position < piece.End || (_order.TakesWholeBatches && head.IsOpen))
            {
                if (head.Chunk is null)
                {
                    ValueTask<RecordChunk?> read = _source.ReadAsync(piece.Segment, cancellationToken);
                    if (!read.IsCompleted)
                    {
                        _late = 0; // the delay is in fetching, not decoding
                        PublishWhatFits();
                    }

                    head.Take(await read.ConfigureAwait(false));
                    continue;
                }

                int count = _order.TakesWholeBatches ? head.Left : head.CountBefore(piece.End);
                while (count > 0)
                {
                    DecodeJob job = _filling ??= NewJob();
                    int taken = Math.Min(count, job.Room(head.Chunk, _options));
                    job.Add(new RecordSlice(head.Chunk, head.Next, taken), piece.Segment);
                    head.Next += taken;
                    count -= taken;
                    if (job.Count == _options.BlockRows || job.Bytes >= _options.BlockBytes)
                    {
                        job.OffsetsPassed = passed + head.LastTaken + 1 - before;
                        job.Window = piece.Window;
                        await DispatchAsync(job, cancellationToken).ConfigureAwait(false);
                    }
                }

                head.Advance(piece.End);
            }

            passed += head.Position - before;
            if (head.IsAtEnd && piece.End >= head.Segment.End)
            {
                heads.Remove(piece.Segment);
                head.Chunk?.Release();
            }
        }

        if (_order.TakesWholeBatches)
        {
            _filling ??= NewJob(); // even without a record, it tells the reader that all windows are complete
        }

        if (_filling is { } last)
        {
            last.Window = long.MaxValue;
            last.OffsetsPassed = _order.Snapshot.Length;
            await DispatchAsync(last, cancellationToken).ConfigureAwait(false);
        }
    }

    private DecodeJob NewJob()
    {
        DecodeJob job = _jobs.Rent();
        job.Start(Rent());
        return job;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask DispatchAsync(DecodeJob job, CancellationToken cancellationToken)
    {
        _filling = null; // whoever decodes it releases its chunks
        AddWorkerIfItPays();
        if (_workers.Count > 0)
        {
            _workers.Add(job);
        }
        else
        {
            long started = TimeProvider.System.GetTimestamp();
            await job.RunAsync(_decoder, cancellationToken).ConfigureAwait(false);
            _blockTime += (TimeProvider.System.GetElapsedTime(started) - _blockTime) / BlocksLate;
        }

        _unpublished.Enqueue(job);
        if (_unpublished.Count >= _options.BlocksAtOnce || TimeProvider.System.GetElapsedTime(_published) >= LongestHeld)
        {
            await PublishAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Passes decoded blocks to the reader, several at once, because waking it costs more than many rows do.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask PublishAsync(CancellationToken cancellationToken)
    {
        while (_unpublished.TryPeek(out DecodeJob? job))
        {
            await _ordered.Writer.WriteAsync(job, cancellationToken).ConfigureAwait(false);
            _unpublished.Dequeue();
        }

        _published = TimeProvider.System.GetTimestamp();
    }

    private void PublishWhatFits()
    {
        while (_unpublished.TryPeek(out DecodeJob? job) && _ordered.Writer.TryWrite(job))
        {
            _unpublished.Dequeue();
        }
    }

    /// <summary>Adds a worker when the sequencer, which decodes by itself while the records are in its core's cache, no longer keeps up.</summary>
    /// <remarks>It no longer keeps up when the reader has waited for many consecutive blocks although their records had arrived, and decoding them took long enough.</remarks>
    private void AddWorkerIfItPays()
    {
        _late = _ordered.Reader.Count == 0 ? _late + 1 : 0;
        if (_late > BlocksLate && _workers.Count < _options.Workers && _options.Workers > 1 && _blockTime >= _options.LeastBlockTime)
        {
            _late = 0;
            _workers.Count++;
        }
    }
}
