using KafkaDatasets.Fetching;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Fetching;

/// <summary>A reader at the head of the log that notes everything it is told.</summary>
internal sealed class HeadReading : IHeadEvents, IAsyncDisposable
{
    private readonly List<LogRecord> _records = [];
    private readonly Dictionary<int, long> _positions = [];
    private readonly List<RecordChunk> _kept = [];
    private readonly IHeadReader _reader;
    private volatile Exception? _failure;
    private volatile bool _keepsChunks;
    private int _epoch;
    private long _held;

    public HeadReading(IFetchEngine engine, string topic, Guid? topicId = null, long bytes = 8 << 20)
    {
        _reader = engine.OpenHead(topic, topicId, bytes, this) ?? throw new InvalidOperationException("The engine does not read at the head.");
    }

    /// <summary>What is done about an offset that is not in the log.</summary>
    public Func<int, long, long> OutOfRange { get; init; } = (partition, position) => throw new DataLossException($"Offset {position} of partition {partition} is gone.");

    public Exception? Failure => _failure;

    /// <summary>The bytes of the chunks that are kept.</summary>
    public long Held => Interlocked.Read(ref _held);

    public int Count
    {
        get
        {
            lock (_records)
            {
                return _records.Count;
            }
        }
    }

    /// <summary>What came, by partition and in the order in which it came.</summary>
    public List<LogRecord> Records
    {
        get
        {
            lock (_records)
            {
                return [.. _records.OrderBy(r => r.Partition)];
            }
        }
    }

    public long PositionOf(int partition)
    {
        lock (_records)
        {
            return _positions.GetValueOrDefault(partition, -1);
        }
    }

    /// <summary>Begins an epoch with partitions from offsets on.</summary>
    public void Begin(params IEnumerable<(int Partition, long Offset)> starts)
    {
        lock (_records)
        {
            _epoch++;
            _positions.Clear();
        }

        _reader.Begin(_epoch);
        foreach ((int partition, long offset) in starts)
        {
            _reader.Follow(partition, offset, _epoch);
        }
    }

    /// <summary>Follows one more partition in the same epoch.</summary>
    public void Follow(int partition, long offset) => _reader.Follow(partition, offset, _epoch);

    /// <summary>Keeps what comes from now on, as a reader does that is busy.</summary>
    public void Keep() => _keepsChunks = true;

    /// <summary>Gives back what was kept.</summary>
    public void Resume()
    {
        _keepsChunks = false;
        lock (_records)
        {
            _kept.ForEach(c => c.Release());
            _kept.Clear();
        }
    }

    /// <summary>Waits until partitions have been read up to offsets.</summary>
    public Task ReachAsync(IEnumerable<(int Partition, long Offset)> ends, int seconds = 60) => Until.TrueAsync(
        () => Task.FromResult(_failure is not null || ends.All(e => PositionOf(e.Partition) >= e.Offset)),
        TimeSpan.FromSeconds(seconds),
        () => $"not there: {string.Join(", ", ends.Select(e => $"{e.Partition} at {PositionOf(e.Partition)} of {e.Offset}"))}",
        TestContext.Current.CancellationToken);

    public Task StopAsync() => _reader.StopAsync();

    public TaskCompletionSource? OnRecords(IReadOnlyList<RecordChunk> chunks, int epoch)
    {
        lock (_records)
        {
            foreach (RecordChunk chunk in chunks)
            {
                if (epoch == _epoch)
                {
                    foreach (ref readonly RecordEntry entry in chunk.Entries.AsSpan(0, chunk.Count))
                    {
                        MoveTo(chunk.Partition, entry.Offset);
                        _records.Add(LogRecord.Of(chunk, entry));
                    }

                    MoveTo(chunk.Partition, chunk.NextOffset);
                }

                if (_keepsChunks)
                {
                    _kept.Add(chunk);
                    Interlocked.Add(ref _held, chunk.ByteCount);
                }
                else
                {
                    chunk.Release();
                }
            }
        }

        return null;
    }

    private void MoveTo(int partition, long position)
    {
        if (position < _positions.GetValueOrDefault(partition))
        {
            _failure = new InvalidOperationException($"Partition {partition} goes back from {_positions[partition]} to {position}.");
        }

        _positions[partition] = position;
    }

    public long OnOutOfRange(int partition, long position) => OutOfRange(partition, position);

    public void OnUnreadable(Exception failure, int epoch)
    {
        if (epoch == _epoch)
        {
            _failure = failure;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Resume();
        await _reader.StopAsync().WaitAsync(TimeSpan.FromSeconds(20));
    }
}
