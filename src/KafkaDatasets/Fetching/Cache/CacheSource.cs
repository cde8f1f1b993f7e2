using System.Runtime.CompilerServices;
using KafkaDatasets.Fetching.Direct;
using KafkaDatasets.Fetching.Direct.Records;
using KafkaDatasets.Ranges;

namespace KafkaDatasets.Fetching.Cache;

/// <summary>One pass: offsets in the cache are read from there, and only the others are fetched, by a pass of the engine.</summary>
internal sealed class CacheSource : IRecordSource
{
    private const int Idle = 0;
    private const int Reading = 1;
    private const int Ended = 2;

    /// <summary>The least memory of the pass that fetches what is in place of a file: enough for usual record batches; larger ones are fetched one at a time.</summary>
    private const long LeastRepairBytes = 256 << 10;

    private readonly CacheStore _store;
    private readonly IFetchEngine _engine;
    private readonly ReadOrder _order;
    private readonly BufferPool _buffers;
    private readonly ReadFaults _faults;
    private readonly Decompressor _decompressor;
    private readonly PassMemory _memory;
    private readonly long _bytes;
    private readonly Dictionary<long, Queue<(int, MissingRun)>> _runs = [];
    private readonly Dictionary<long, CachedSegment> _open = [];
    private readonly IRecordSource? _fetched;

    /// <summary>The repair that is read now.</summary>
    private IRecordSource? _repair;
    private int _reader = Idle;
    private int _disposed;

    public CacheSource(CacheStore store, IFetchEngine engine, ReadOrder order, long bytes, BufferPool buffers, ReadFaults faults, int maxResponseBytes)
    {
        _store = store;
        _engine = engine;
        _order = order;
        _buffers = buffers;
        _faults = faults;
        _decompressor = new Decompressor(maxResponseBytes);
        _bytes = bytes;
        List<MissingRun> missing = FindMissing();
        long own = missing.Count == 0 ? bytes : bytes / 4;
        _memory = new PassMemory(own, static () => { });
        _buffers.Open(own);
        _fetched = missing.Count == 0 ? null : engine.OpenSource(new MissingOrder(order, missing), bytes - own);
    }

    private Guid TopicId => _order.Snapshot.TopicId!.Value;

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
            CachedSegment reader = Find(segment);
            while (reader.Ahead is { IsStarted: true } || reader.Position < reader.Range.End)
            {
                cancellationToken.ThrowIfCancellationRequested();
                ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
                RecordChunk? chunk = reader.Ahead is { IsStarted: true } || reader.IsInCache ? await ReadCachedAsync(reader).ConfigureAwait(false)
                    : reader.RepairEnd is { } end ? await RepairAsync(reader, end, cancellationToken).ConfigureAwait(false)
                    : await FetchAsync(reader, cancellationToken).ConfigureAwait(false);
                if (chunk is not null)
                {
                    return chunk;
                }
            }

            return null;
        }
        finally
        {
            if (Interlocked.CompareExchange(ref _reader, Idle, Reading) == Ended)
            {
                await DropAsync().ConfigureAwait(false);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        bool isIdle = Interlocked.Exchange(ref _reader, Ended) == Idle;
        if (_fetched is not null)
        {
            await _fetched.DisposeAsync().ConfigureAwait(false);
        }

        if (Volatile.Read(ref _repair) is { } repair)
        {
            await repair.DisposeAsync().ConfigureAwait(false); // this ends the wait of a reader
        }

        if (isIdle)
        {
            await DropAsync().ConfigureAwait(false);
        }

        _buffers.Close(_memory.Bytes);
    }

    /// <summary>The offsets that are not in the cache, in the order in which they are needed.</summary>
    private List<MissingRun> FindMissing()
    {
        var missing = new List<MissingRun>();
        for (long segment = _order.FirstSegment; segment < _order.SegmentCount; segment++)
        {
            ReadSegment offsets = _order.Segment(segment);
            int partition = _order.Snapshot.Partitions[offsets.PartitionIndex].Partition;
            foreach ((long start, long end) in _store.Missing(TopicId, partition, offsets.Start, offsets.End))
            {
                missing.Add(new MissingRun(segment, offsets.PartitionIndex, start, end));
            }
        }

        missing = [.. missing.OrderBy(run => _order.TurnOf(run.Segment, run.Start)).ThenBy(run => run.Segment)];
        for (int i = 0; i < missing.Count; i++)
        {
            if (!_runs.TryGetValue(missing[i].Segment, out Queue<(int, MissingRun)>? runs))
            {
                _runs.Add(missing[i].Segment, runs = new Queue<(int, MissingRun)>());
            }

            runs.Enqueue((i, missing[i]));
        }

        return missing;
    }

    private CachedSegment Find(long segment)
    {
        if (!_open.TryGetValue(segment, out CachedSegment? reader))
        {
            ReadSegment offsets = _order.Segment(segment);
            var range = new PartitionRange(_order.Snapshot.Partitions[offsets.PartitionIndex].Partition, offsets.Start, offsets.End);
            reader = new CachedSegment(range, _runs.Remove(segment, out Queue<(int, MissingRun)>? runs) ? runs : new Queue<(int, MissingRun)>());
            _open.Add(segment, reader);
            _memory.OnActive(1);
        }

        return reader;
    }

    /// <summary>Reads what the engine fetches for the pass; returns null at its end.</summary>
    private async ValueTask<RecordChunk?> FetchAsync(CachedSegment reader, CancellationToken cancellationToken)
    {
        (int index, MissingRun run) = reader.Runs.Peek();
        if (await _fetched!.ReadAsync(index, cancellationToken).ConfigureAwait(false) is { } chunk)
        {
            return chunk;
        }

        reader.Runs.Dequeue();
        reader.Position = run.End;
        return null;
    }

    /// <summary>Reads what is fetched in place of a file; returns null at its end.</summary>
    private async ValueTask<RecordChunk?> RepairAsync(CachedSegment reader, long end, CancellationToken cancellationToken)
    {
        reader.Repair ??= OpenRepair(reader, end);
        Interlocked.Exchange(ref _repair, reader.Repair);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this); // from here on, disposing ends the wait
        if (await reader.Repair.ReadAsync(0, cancellationToken).ConfigureAwait(false) is { } chunk)
        {
            return chunk;
        }

        await reader.Repair.DisposeAsync().ConfigureAwait(false);
        reader.Repair = null;
        reader.RepairEnd = null;
        Volatile.Write(ref _repair, null);
        reader.Position = end;
        reader.Decoder?.Drop();
        reader.Decoder = null; // the next stretch may have a different end
        return null;
    }

    /// <summary>Returns the next chunk from the cache, and has the one behind it read meanwhile; returns null when the offsets that follow are not in the cache.</summary>
    /// <remarks>Nothing is read ahead in an order that takes batches as a whole: it reads so many segments in parallel that they would take too much memory.</remarks>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<RecordChunk?> ReadCachedAsync(CachedSegment reader)
    {
        RecordChunk? chunk = reader.Ahead is { IsStarted: true } ahead ? await ahead.TakeAsync().ConfigureAwait(false) : ReadCached(reader);
        if (chunk is not null && reader.IsInCache && !_order.TakesWholeBatches)
        {
            reader.Ahead ??= AheadOf(reader);
            reader.Ahead.Start();
        }

        return chunk;
    }

    /// <remarks>A method of its own, because a delegate's captured variables are allocated where their method begins, for every chunk.</remarks>
    private ChunkAhead AheadOf(CachedSegment reader) => new(() => ReadCached(reader));

    /// <summary>Reads the next chunk from the cache; returns null when the offsets that follow are not in the cache.</summary>
    private RecordChunk? ReadCached(CachedSegment reader)
    {
        RecordChunk? chunk = null;
        while (chunk is null && reader.IsInCache)
        {
            reader.Decoder ??= new SliceDecoder(_faults, reader.Range with { Start = reader.Position, End = reader.CachedEnd }, _decompressor, _buffers, _memory);
            if (reader.Decoder.HasWork)
            {
                chunk = Decode(reader.Decoder, reader.Range.Partition);
            }
            else
            {
                Advance(reader, reader.Decoder);
            }
        }

        return chunk;
    }

    /// <summary>Gives the decoder the next part of the file, or goes on to the next file.</summary>
    private void Advance(CachedSegment reader, SliceDecoder decoder)
    {
        if (reader.File is { } file)
        {
            if (file.HasNext && file.Covered < reader.CachedEnd)
            {
                Start(reader, decoder, file);
                return;
            }

            // a file may end in the middle of its last batch, and the rows of that batch have all been read
            reader.Position = Math.Min(Math.Max(file.File.End, decoder.Position), reader.CachedEnd);
            CloseFile(reader);
        }
        else if (_store.Open(TopicId, reader.Range.Partition, reader.Position, out long end) is { } opened)
        {
            reader.File = opened;
        }
        else
        {
            reader.RepairEnd = Math.Min(end, reader.CachedEnd);
        }

        if (reader.Position >= reader.CachedEnd)
        {
            reader.Decoder = null; // the next stretch has a different end
        }
    }

    private void Start(CachedSegment reader, SliceDecoder decoder, CacheReader file)
    {
        FetchedSlice? slice = null;
        try
        {
            slice = file.Read(_buffers, _memory, reader.Position);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // treated like a damaged file: it is fetched again
        }

        if (slice is { } sound)
        {
            decoder.Start(sound);
            return;
        }

        // what precedes the damage has been read
        reader.Position = Math.Max(reader.Position, Math.Max(decoder.Position, Math.Min(file.Covered, reader.CachedEnd)));
        CloseFile(reader);
        _store.Drop(TopicId, reader.Range.Partition, file.File);
        if (reader.Position < reader.CachedEnd)
        {
            reader.RepairEnd = Math.Min(file.File.End, reader.CachedEnd);
        }
    }

    private static void CloseFile(CachedSegment reader)
    {
        reader.File?.Dispose();
        reader.File = null;
    }

    /// <summary>Has the engine fetch what was in the cache when the pass began but no longer is.</summary>
    private IRecordSource OpenRepair(CachedSegment reader, long end)
    {
        int index = 0;
        while (_order.Snapshot.Partitions[index].Partition != reader.Range.Partition)
        {
            index++;
        }

        MissingRun[] run = [new MissingRun(_order.FirstSegment, index, reader.Position, end)];
        return _engine.OpenSource(new MissingOrder(_order, run), Math.Max(_bytes / 4 / _open.Count, LeastRepairBytes)); // each of the segments that are open may need one
    }

    private RecordChunk? Decode(SliceDecoder decoder, int partition)
    {
        PooledChunk chunk = _buffers.Chunks.Rent(_memory, _order.TakesWholeBatches);
        long before = decoder.Position;
        try
        {
            chunk.Chunk.Partition = partition;
            decoder.Decode(chunk);
        }
        catch
        {
            chunk.Chunk.Release();
            throw;
        }

        if (chunk.Chunk.Count == 0 && decoder.Position == before)
        {
            chunk.Chunk.Release();
            return null;
        }

        return chunk.Chunk;
    }

    private async ValueTask DropAsync()
    {
        foreach (CachedSegment reader in _open.Values)
        {
            if (reader.Ahead is { } ahead)
            {
                await ahead.DropAsync().ConfigureAwait(false);
            }

            reader.Decoder?.Drop();
            CloseFile(reader);
            if (reader.Repair is { } repair)
            {
                await repair.DisposeAsync().ConfigureAwait(false);
            }
        }

        _open.Clear();
        _decompressor.Dispose();
    }
}
