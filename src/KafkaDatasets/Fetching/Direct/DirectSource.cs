using System.Runtime.CompilerServices;
using KafkaDatasets.Fetching.Direct.Records;
using KafkaDatasets.Ranges;

namespace KafkaDatasets.Fetching.Direct;

/// <summary>
/// One pass: one or two fetchers for each leader fill the segments' queues with slices as they arrive, within the memory limit;
/// whoever reads a segment decodes its slices into chunks, and has the next chunk decoded meanwhile where that takes long.
/// </summary>
internal sealed class DirectSource : IRecordSource
{
    /// <summary>The number of connections to each leader in a shuffled order. Its requests ask for one record batch of each partition, so that much of their time is spent waiting for the broker: meanwhile the other connection receives.</summary>
    private const int ConnectionsWhenShuffled = 2;

    private const int Idle = 0;
    private const int Reading = 1;
    private const int Ended = 2;
    private readonly Cluster _cluster;
    private readonly PassMemory _memory;
    private readonly SegmentTable _segments;
    private readonly bool _takesWholeBatches;
    private readonly Decompressor _decompressor;
    private readonly CancellationTokenSource _stop = new();
    private readonly FetcherSet _fetchers;
    private readonly LeaderFinder _finder;
    private SegmentReader[] _left = [];
    private int _disposed;
    private int _reader = Idle;

    public DirectSource(Cluster cluster, ReadOrder order, long bytes)
    {
        _cluster = cluster;
        _takesWholeBatches = order.TakesWholeBatches;
        var faults = new ReadFaults(order.Snapshot.Topic, cluster.Context.OnDataLoss, cluster.Context.Logger);
        _decompressor = new Decompressor(cluster.Settings.MaxResponseBytes);
        cluster.Buffers.Open(bytes);
        _memory = new PassMemory(bytes, WakeIdle, order.TakesWholeBatches);
        _segments = new SegmentTable(order, _memory, faults, cluster.Context, range => new SliceDecoder(faults, range, _decompressor, cluster.Buffers, _memory));
        var pass = new DirectPass(cluster, order, faults, _memory, _segments, _stop.Token);
        _fetchers = new FetcherSet(order.TakesWholeBatches ? ConnectionsWhenShuffled : 1, (broker, endpoint) => new BrokerFetcher(pass, _finder!, broker, endpoint));
        _finder = new LeaderFinder(pass, _fetchers);
        _finder.Start();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<RecordChunk?> ReadAsync(long segment, CancellationToken cancellationToken)
    {
        int state = Interlocked.CompareExchange(ref _reader, Reading, Idle);
        ObjectDisposedException.ThrowIf(state == Ended, this);
        if (state == Reading)
        {
            throw new InvalidOperationException("A pass is read by one caller at a time.");
        }

        try
        {
            SegmentReader? reader = _segments.Find(segment, out bool hasNew);
            if (hasNew)
            {
                _finder.Wake();
            }

            while (reader is not null)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (reader.Ahead is { IsStarted: true } || reader.Decoder.HasWork)
                {
                    RecordChunk? chunk = reader.Ahead is { IsStarted: true } ahead ? await ahead.TakeAsync().ConfigureAwait(false) : Decode(reader);
                    if (chunk is not null)
                    {
                        DecodeAhead(reader);
                        return chunk;
                    }
                }
                else if (!TryTake(reader, out bool isAtEnd))
                {
                    if (isAtEnd)
                    {
                        return null;
                    }

                    using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static r => ((SegmentReader)r!).Ready.Set(), reader);
                    await reader.Ready.WaitAsync().ConfigureAwait(false);
                }
            }

            return null;
        }
        finally
        {
            if (Interlocked.CompareExchange(ref _reader, Idle, Reading) == Ended)
            {
                await DropDecodersAsync().ConfigureAwait(false);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await _finder.StopAsync().ConfigureAwait(false);
        await _fetchers.StopAsync().ConfigureAwait(false);
        _left = _segments.End();
        foreach (SegmentReader reader in _left)
        {
            while (reader.Slices.TryDequeue(out FetchedSlice slice))
            {
                slice.Buffer.Release();
            }

            reader.Ready.Set();
        }

        _cluster.Buffers.Close(_memory.Bytes);
        if (Interlocked.Exchange(ref _reader, Ended) == Idle)
        {
            await DropDecodersAsync().ConfigureAwait(false);
        }

        _stop.Dispose();
    }

    /// <summary>Wakes the fetchers that wait for room.</summary>
    private void WakeIdle() => _fetchers.WakeIdle();

    private async ValueTask DropDecodersAsync()
    {
        foreach (SegmentReader reader in _left)
        {
            if (reader.Ahead is { } ahead)
            {
                await ahead.DropAsync().ConfigureAwait(false);
            }

            reader.Decoder.Drop();
        }

        _decompressor.Dispose();
    }

    /// <summary>Has the segment's next chunk decoded meanwhile if that takes so long that it is worth moving its records to another core's cache.</summary>
    private void DecodeAhead(SegmentReader reader)
    {
        if (!_takesWholeBatches && reader.Decoder.IsCostly)
        {
            reader.Ahead ??= AheadOf(reader);
            reader.Ahead.Start();
        }
    }

    /// <remarks>A method of its own, because a delegate's captured variables are allocated where their method begins, for every chunk.</remarks>
    private ChunkAhead AheadOf(SegmentReader reader) => new(() => Decode(reader));

    private RecordChunk? Decode(SegmentReader reader)
    {
        PooledChunk chunk = _cluster.Buffers.Chunks.Rent(_memory, _takesWholeBatches);
        long before = reader.Decoder.Position;
        try
        {
            chunk.Chunk.Partition = reader.Range.Partition;
            reader.Decoder.Decode(chunk);
        }
        catch
        {
            chunk.Chunk.Release();
            throw;
        }

        if (chunk.Chunk.Count == 0 && reader.Decoder.Position == before)
        {
            chunk.Chunk.Release();
            return null;
        }

        return chunk.Chunk;
    }

    private bool TryTake(SegmentReader reader, out bool isAtEnd)
    {
        bool isTaken = _segments.TryTake(reader, out isAtEnd, out bool isRoom, out BrokerFetcher? waited);
        waited?.WakeIfIdle();
        if (isRoom)
        {
            WakeIdle();
        }

        return isTaken;
    }
}
