using System.Threading.Channels;
using KafkaDatasets.Fetching;
using KafkaDatasets.Ranges;

namespace KafkaDatasets.Tests.Fetching;

/// <summary>A pass of a <see cref="FakeEngine"/>, which counts the references to its chunks.</summary>
internal sealed class FakeSource : IRecordSource
{
    private readonly FakeEngine _engine;
    private readonly ReadOrder _order;
    private readonly ReadSegment[] _segments;
    private readonly long _bound;
    private readonly Random _random;
    private readonly Channel<RecordChunk>[] _queues;
    private readonly long[] _positions;
    private readonly int[] _waiting;
    private readonly SemaphoreSlim _wake = new(0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lazy<Task> _fetching;
    private long _heldBytes;
    private int _chunksOut;
    private int _isReading;

    public FakeSource(FakeEngine engine, ReadOrder order, long bound, Random random)
    {
        _engine = engine;
        _order = order;
        _segments = [.. Enumerable.Range(0, (int)order.SegmentCount).Select(i => i < order.FirstSegment ? default : order.Segment(i))];
        _bound = bound;
        _random = random;
        _queues = [.. _segments.Select(_ => Channel.CreateUnbounded<RecordChunk>())];
        _positions = [.. _segments.Select(s => s.Start)];
        _waiting = new int[_queues.Length];
        _fetching = new Lazy<Task>(() => Task.Run(FetchAsync));
    }

    /// <summary>Chunks that were handed out, or wait to be, and that have not been released.</summary>
    public int ChunksOut => Volatile.Read(ref _chunksOut);

    /// <summary>Faults of the caller: two reads at once, or a chunk released twice.</summary>
    public string? Misuse { get; private set; }

    public bool IsDisposed { get; private set; }

    /// <summary>The most bytes that were held at a time.</summary>
    public long MostHeldBytes { get; private set; }

    public async ValueTask<RecordChunk?> ReadAsync(long segment, CancellationToken cancellationToken)
    {
        if (IsDisposed || Interlocked.Exchange(ref _isReading, 1) == 1)
        {
            Misuse = "a read after disposal, or two at once";
        }

        try
        {
            _ = _fetching.Value;
            Volatile.Write(ref _waiting[segment], 1);
            _wake.Release();
            while (await _queues[segment].Reader.WaitToReadAsync(cancellationToken))
            {
                if (_queues[segment].Reader.TryRead(out RecordChunk? chunk))
                {
                    return chunk;
                }
            }

            return null;
        }
        finally
        {
            Volatile.Write(ref _waiting[segment], 0);
            Volatile.Write(ref _isReading, 0);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_fetching.IsValueCreated)
        {
            await _fetching.Value;
        }

        foreach (Channel<RecordChunk> queue in _queues)
        {
            while (queue.Reader.TryRead(out RecordChunk? chunk))
            {
                chunk.Release();
            }
        }

        IsDisposed = true;
    }

    private async Task FetchAsync()
    {
        Exception? failure = null;
        try
        {
            while (Next() is var partition and not -1)
            {
                if (partition == -2)
                {
                    await _wake.WaitAsync(_stop.Token);
                    continue;
                }

                if (_engine.BeforeChunk is { } before)
                {
                    await before(_order.Snapshot.Partitions[_segments[partition].PartitionIndex].Partition, _positions[partition], _stop.Token);
                }

                Fetch(partition);
            }
        }
        catch (Exception e)
        {
            failure = e;
        }

        foreach (Channel<RecordChunk> queue in _queues)
        {
            queue.Writer.TryComplete(failure);
        }
    }

    /// <summary>The partition to fetch from: one that is waited for, or any while there is room; −1: all are done; −2: none now.</summary>
    private int Next()
    {
        int[] open = [.. Enumerable.Range(0, _queues.Length).Where(p => _positions[p] < _segments[p].End)];
        if (open.Length == 0)
        {
            return -1;
        }

        int awaited = Array.FindIndex(open, p => Volatile.Read(ref _waiting[p]) == 1 && _queues[p].Reader.Count == 0);
        return awaited >= 0 ? open[awaited]
            : Interlocked.Read(ref _heldBytes) < _bound ? open[_random.Next(open.Length)]
            : -2;
    }

    private void Fetch(int partition)
    {
        ReadSegment segment = _segments[partition];
        var range = new PartitionRange(_order.Snapshot.Partitions[segment.PartitionIndex].Partition, segment.Start, segment.End);
        FakePartition log = _engine.Partitions.Single(p => p.Partition == range.Partition);
        long from = _positions[partition];
        FakeRecord[] records = [.. Records(log, from, range.End).Take(_random.Next(_engine.ChunkRecords + 1))];
        long last = records.Length > 0 ? records[^1].Offset : from - 1;
        long next = Records(log, last + 1, range.End).Select(r => r.Offset).FirstOrDefault(range.End);
        next = _random.NextInt64(Math.Max(from, last + 1), next + 1); // the position may stop anywhere in a gap
        RecordChunk chunk = Chunk(range.Partition, records);
        chunk.NextOffset = next;
        _positions[partition] = next;
        Interlocked.Increment(ref _chunksOut);
        MostHeldBytes = Math.Max(MostHeldBytes, Interlocked.Add(ref _heldBytes, chunk.ByteCount));
        _queues[partition].Writer.TryWrite(chunk);
        if (next >= range.End)
        {
            _queues[partition].Writer.TryComplete();
        }
    }

    private static IEnumerable<FakeRecord> Records(FakePartition log, long from, long end)
    {
        int low = 0;
        int high = log.Records.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = log.Records[middle].Offset < from ? (middle + 1, high) : (low, middle);
        }

        return log.Records.Skip(low).TakeWhile(r => r.Offset < end);
    }

    private RecordChunk Chunk(int partition, IEnumerable<FakeRecord> records)
    {
        var chunk = new RecordChunk(partition, Released);
        chunk.Own();
        Add(chunk, new byte[_random.Next(3)]);
        foreach (FakeRecord record in records)
        {
            if (record.Value is null)
            {
                continue;
            }

            chunk.EnsureEntry();
            ref RecordEntry entry = ref chunk.Entries[chunk.Count++];
            entry.Offset = record.Offset;
            entry.Timestamp = record.Timestamp;
            entry.KeyStart = Add(chunk, record.Key);
            entry.KeyLength = record.Key?.Length ?? -1;
            entry.ValueStart = Add(chunk, record.Value);
            entry.ValueLength = record.Value.Length;
            entry.HeadersStart = chunk.ByteCount;
            entry.HeaderCount = record.Headers.Count;
            foreach ((string name, byte[]? value) in record.Headers)
            {
                byte[] key = System.Text.Encoding.UTF8.GetBytes(name);
                Add(chunk, Varint(key.Length));
                Add(chunk, key);
                Add(chunk, Varint(value?.Length ?? -1));
                Add(chunk, value);
            }
        }

        return chunk;
    }

    private static int Add(RecordChunk chunk, byte[]? bytes)
    {
        int start = chunk.ByteCount;
        chunk.EnsureBytes(bytes?.Length ?? 0);
        bytes?.CopyTo(chunk.Bytes, start);
        chunk.ByteCount += bytes?.Length ?? 0;
        return start;
    }

    /// <summary>Zig-zag, as in record batches v2; short enough for one or two bytes.</summary>
    private static byte[] Varint(int value)
    {
        int zigZag = value >= 0 ? 2 * value : -2 * value - 1;
        return zigZag < 128 ? [(byte)zigZag] : [(byte)(zigZag | 128), checked((byte)(zigZag >> 7))];
    }

    /// <summary>Spoils the memory: whoever reads it after this gets other values.</summary>
    private void Released(RecordChunk chunk)
    {
        if (chunk.NextOffset < 0)
        {
            Misuse = "a chunk was released twice";
        }

        Interlocked.Add(ref _heldBytes, -chunk.ByteCount);
        Interlocked.Decrement(ref _chunksOut);
        chunk.Bytes.AsSpan().Fill(0xEE);
        chunk.Entries.AsSpan().Fill(new RecordEntry { Offset = -1, ValueLength = int.MaxValue });
        chunk.NextOffset = -1;
        chunk.ReturnArrays();
        _wake.Release();
    }
}
