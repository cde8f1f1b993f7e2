using System.Runtime.CompilerServices;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Fetching.Direct.Records;

namespace KafkaDatasets.Fetching.Direct;

/// <summary>
/// One pass: a fetcher for each leader fills the partitions' queues with slices as they come off the wire, within the bound on bytes;
/// whoever reads a partition decodes its slices into chunks.
/// </summary>
internal sealed class DirectSource : IRecordSource
{
    private const int Idle = 0;
    private const int Reading = 1;
    private const int Ended = 2;
    private readonly Lock _lock = new();
    private readonly Cluster _cluster;
    private readonly PartitionReader[] _partitions;
    private readonly Dictionary<int, BrokerFetcher> _fetchers = [];
    private readonly Decompressor _decompressor;
    private readonly CancellationTokenSource _stop = new();
    private readonly LeaderFinder _finder;
    private readonly long _bytes;
    private volatile BrokerFetcher[] _allFetchers = [];
    private long _held;
    private long _ahead;
    private long _asked;
    private int _active;
    private int _opened;
    private bool _disposed;
    private int _reader = Idle;

    public DirectSource(Cluster cluster, DatasetSnapshot snapshot, long bytes)
    {
        _cluster = cluster;
        _bytes = bytes;
        Snapshot = snapshot;
        _decompressor = new Decompressor(cluster.Settings.MaxResponseBytes);
        cluster.Buffers.Open(bytes);
        _partitions = [.. snapshot.Partitions.Select((range, i) => new PartitionReader(this, i, range, snapshot.Topic, _decompressor, cluster.Buffers))];
        _active = _partitions.Count(p => p.IsActive);
        _finder = new LeaderFinder(this, cluster);
        _finder.Start();
    }

    public DatasetSnapshot Snapshot { get; }

    public ReadOnlySpan<PartitionReader> Partitions => _partitions;

    public Lock SyncRoot => _lock;

    public CancellationToken Stopped => _stop.Token;

    public LeaderFinder Finder => _finder;

    /// <summary>The bound on what is fetched ahead of one partition, while others are behind.</summary>
    public long Quota => _bytes / Math.Max(1, Volatile.Read(ref _active));

    /// <summary>What may still be fetched ahead; under the lock.</summary>
    /// <remarks>
    /// Each partition needs room for a batch that is being read. An eighth is for slices even where those batches fill the rest,
    /// so that fetching goes on meanwhile.
    /// </remarks>
    public long Room => Math.Max(_bytes - Math.Max(_held - _ahead, (long)_opened * _active), _bytes / 8) - _ahead - _asked;

    /// <summary>The length of the largest batches of late in any partition; 0: not known. Under the lock.</summary>
    public int BatchEstimate { get; private set; }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<RecordChunk?> ReadAsync(int partitionIndex, CancellationToken cancellationToken)
    {
        PartitionReader partition = _partitions[partitionIndex];
        int state = Interlocked.CompareExchange(ref _reader, Reading, Idle);
        ObjectDisposedException.ThrowIf(state == Ended, this);
        if (state == Reading)
        {
            throw new InvalidOperationException("A pass is read by one caller at a time.");
        }

        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (partition.Decoder.HasWork)
                {
                    if (Decode(partition) is { } chunk)
                    {
                        return chunk;
                    }
                }
                else if (!TryTake(partition, out bool isAtEnd))
                {
                    if (isAtEnd)
                    {
                        return null;
                    }

                    using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static p => ((PartitionReader)p!).Ready.Set(), partition);
                    await partition.Ready.WaitAsync().ConfigureAwait(false);
                }
            }
        }
        finally
        {
            if (Interlocked.CompareExchange(ref _reader, Idle, Reading) == Ended)
            {
                DropDecoders();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        BrokerFetcher[] fetchers;
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            fetchers = [.. _fetchers.Values];
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await _finder.StopAsync().ConfigureAwait(false);
        foreach (BrokerFetcher fetcher in fetchers)
        {
            await fetcher.StopAsync().ConfigureAwait(false);
        }

        foreach (PartitionReader partition in _partitions)
        {
            while (partition.Slices.TryDequeue(out FetchedSlice slice))
            {
                slice.Buffer.Release();
            }

            partition.Ready.Set();
        }

        _cluster.Buffers.Close(_bytes);

        if (Interlocked.Exchange(ref _reader, Ended) == Idle)
        {
            DropDecoders();
        }

        _stop.Dispose();
    }

    /// <summary>The fetcher for a broker, made where there is none.</summary>
    public BrokerFetcher FetcherFor(int broker, BrokerEndpoint endpoint)
    {
        lock (_lock)
        {
            if (!_fetchers.TryGetValue(broker, out BrokerFetcher? fetcher) || fetcher.Endpoint != endpoint)
            {
                fetcher?.Retire();
                fetcher = new BrokerFetcher(this, _cluster, broker, endpoint);
                _fetchers[broker] = fetcher;
                _allFetchers = [.. _fetchers.Values];
                if (!_disposed)
                {
                    fetcher.Start();
                }
            }

            return fetcher;
        }
    }

    /// <summary>Hands a slice to the reader.</summary>
    public void Deliver(PartitionReader partition, FetchedSlice slice, in SliceScan scan)
    {
        lock (_lock)
        {
            partition.BatchEstimate = Math.Max(scan.LargestBatch, partition.BatchEstimate - (partition.BatchEstimate >> 3));
            BatchEstimate = Math.Max(scan.LargestBatch, BatchEstimate - (BatchEstimate >> 3));
            partition.LastFetchedEpoch = scan.LeaderEpoch >= 0 ? scan.LeaderEpoch : partition.LastFetchedEpoch;
            partition.Attempts = 0;
            if (slice.Length > 0)
            {
                partition.IsContinued = true;
                partition.Slices.Enqueue(slice);
                CountAhead(partition, slice.Buffer.Bytes.Length);
            }

            MoveTo(partition, scan.NextOffset);
        }

        if (slice.Length == 0)
        {
            slice.Buffer.Release();
        }
    }

    /// <summary>Passes over offsets that are lost.</summary>
    public void Skip(PartitionReader partition, long position)
    {
        lock (_lock)
        {
            partition.IsContinued = false;
            MoveTo(partition, Math.Min(position, partition.Range.End));
        }
    }

    /// <summary>Whether offsets that are lost are to be passed over; they are counted and logged then.</summary>
    public bool MayPassOver(int partition, long from, long to)
    {
        if (_cluster.Context.OnDataLoss != DataLossPolicy.Skip)
        {
            return false;
        }

        Log.OffsetsLost(_cluster.Context.Logger, Snapshot.Topic, partition, from, to);
        Instruments.OffsetsLost.Add(to - from, Instruments.TagsOf(Snapshot.Topic, Instruments.Receive));
        return true;
    }

    /// <summary>Ends the reading of a partition: what was fetched can still be read.</summary>
    public void Fail(PartitionReader partition, Exception error)
    {
        lock (_lock)
        {
            if (partition.IsActive)
            {
                partition.Error = error is BrokerException { Partition: null } fault ? At(partition, fault) : error;
                partition.Fetcher = null;
                _active--;
                Wake(partition);
            }
        }
    }

    /// <summary>Counts memory that is taken, or, negative, given back.</summary>
    public void OnBuffer(int bytes)
    {
        bool isRoom;
        lock (_lock)
        {
            _held += bytes;
            isRoom = bytes < 0 && IsRoom;
        }

        if (isRoom)
        {
            WakeIdle();
        }
    }

    /// <summary>Learns how much memory batches take that are being read: those that are large of late.</summary>
    public void OnOpened(int bytes)
    {
        lock (_lock)
        {
            _opened = Math.Max(bytes, _opened - (_opened >> 3));
        }
    }

    /// <summary>Counts what fetchers have asked for; under the lock.</summary>
    public void Ask(long bytes) => _asked += bytes;

    /// <summary>Wakes the fetchers that wait for room.</summary>
    public void WakeIdle()
    {
        foreach (BrokerFetcher fetcher in _allFetchers)
        {
            fetcher.WakeIfIdle();
        }
    }

    /// <summary>Whether there is room for an answer that is worth asking for; under the lock.</summary>
    private bool IsRoom => Room >= Math.Min(_bytes / 16, 2 << 20);

    private void CountAhead(PartitionReader partition, int bytes)
    {
        partition.Ahead += bytes;
        _ahead += bytes;
    }

    private void DropDecoders()
    {
        foreach (PartitionReader partition in _partitions)
        {
            partition.Decoder.Drop();
        }

        _decompressor.Dispose();
    }

    private void MoveTo(PartitionReader partition, long position)
    {
        if (position > partition.FetchPosition)
        {
            bool wasActive = partition.IsActive;
            partition.FetchPosition = position;
            partition.FailingSince = null;
            if (wasActive && !partition.IsActive)
            {
                _active--;
            }
        }

        if (partition.Slices.Count > 0 || partition.IsFetched)
        {
            Wake(partition);
        }
    }

    private BrokerException At(PartitionReader partition, BrokerException fault) =>
        new($"Partition {partition.Range.Partition} of topic '{Snapshot.Topic}' cannot be read on from offset {partition.FetchPosition}: {fault.Message}", fault)
        {
            Topic = Snapshot.Topic,
            Partition = partition.Range.Partition,
            Offset = partition.FetchPosition,
            IsAccessDenied = fault.IsAccessDenied,
            ErrorCode = fault.ErrorCode,
        };

    private static void Wake(PartitionReader partition)
    {
        if (partition.IsAwaited)
        {
            partition.IsAwaited = false;
            partition.Ready.Set();
        }
    }

    private RecordChunk? Decode(PartitionReader partition)
    {
        PooledChunk chunk = _cluster.Buffers.Chunks.Rent(partition);
        long before = partition.Decoder.Position;
        try
        {
            chunk.Chunk.Partition = partition.Range.Partition;
            partition.Decoder.Decode(chunk);
        }
        catch
        {
            chunk.Chunk.Release();
            throw;
        }

        if (chunk.Chunk.Count == 0 && partition.Decoder.Position == before)
        {
            chunk.Chunk.Release();
            return null;
        }

        return chunk.Chunk;
    }

    private bool TryTake(PartitionReader partition, out bool isAtEnd)
    {
        BrokerFetcher? fetcher = null;
        bool isRoom = false;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            isAtEnd = false;
            if (partition.Slices.TryDequeue(out FetchedSlice slice))
            {
                partition.Decoder.Start(slice);
                CountAhead(partition, -slice.Buffer.Bytes.Length);
                isRoom = IsRoom;
            }
            else if (partition.Error is { } error)
            {
                throw error;
            }
            else if (partition.IsFetched)
            {
                isAtEnd = true;
            }
            else
            {
                partition.IsAwaited = true;
                fetcher = partition.Fetcher;
            }
        }

        fetcher?.WakeIfIdle();
        if (isRoom)
        {
            WakeIdle();
        }

        return partition.Decoder.HasWork;
    }
}
