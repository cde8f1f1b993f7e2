using System.Threading.Channels;
using KafkaDatasets.Ranges;

namespace KafkaDatasets.Fetching.Consumer;

/// <summary>One partition of a pass: the chunk being filled, the chunks that wait, and the number of bytes not yet released.</summary>
internal sealed class PartitionQueue(int partition, IEnumerable<ReadPiece> runs, Action onReleased)
{
    private readonly IEnumerator<ReadPiece> _runs = runs.GetEnumerator();
    private readonly Channel<RecordChunk> _chunks = Channel.CreateUnbounded<RecordChunk>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private long _bytes;
    private long _underWay;
    private volatile bool _isAwaited;

    public int Partition => partition;

    /// <summary>The consecutive offsets being consumed.</summary>
    public PartitionRange Range { get; private set; }

    /// <summary>The next expected offset.</summary>
    public long Position { get; set; }

    /// <summary>Where the log began when a position was last found to be before it.</summary>
    public long LogStart { get; set; }

    /// <summary>The position up to which chunks were passed to the reader.</summary>
    public long Published { get; private set; }

    /// <summary>Whether nothing more will be consumed.</summary>
    public bool IsFinished { get; set; }

    public bool IsPaused { get; set; }

    /// <summary>When the broker began to respond with errors; null when it does not.</summary>
    public long? FailingSince { get; set; }

    /// <summary>The corrupt batch whose end is being searched for.</summary>
    public CorruptBatch? Corrupt { get; set; }

    /// <summary>Whether the reader waits for this partition.</summary>
    public bool IsAwaited => _isAwaited;

    /// <summary>Whether records were consumed that the reader gets once the topic is checked.</summary>
    public bool HasUnderWay => _underWay != 0;

    /// <summary>Whether the reader waits for this partition and nothing is on its way to it.</summary>
    public bool IsStarved => _isAwaited && !HasUnderWay;

    /// <summary>The bytes in chunks that have not been released, including the one being filled.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    public RecordChunk? Open { get; private set; }

    public async ValueTask<RecordChunk?> ReadAsync(CancellationToken cancellationToken)
    {
        if (_chunks.Reader.TryRead(out RecordChunk? chunk))
        {
            return chunk;
        }

        _isAwaited = true;
        onReleased();
        try
        {
            while (await _chunks.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                if (_chunks.Reader.TryRead(out chunk))
                {
                    return chunk;
                }
            }

            return null;
        }
        finally
        {
            _isAwaited = false;
        }
    }

    /// <summary>Moves to the next offsets of the order; returns false when there are none.</summary>
    public bool MoveToNextRun()
    {
        if (!_runs.MoveNext())
        {
            return false;
        }

        bool isFirst = Range.End == 0;
        Range = new PartitionRange(partition, _runs.Current.Start, _runs.Current.End);
        Position = Range.Start;
        if (isFirst)
        {
            Published = Position;
        }

        return true;
    }

    public RecordChunk GetOpen()
    {
        if (Open is null)
        {
            Open = new RecordChunk(partition, Released);
            Open.Own();
        }

        return Open;
    }

    /// <summary>Counts bytes that were added to the open chunk.</summary>
    public void Account(long bytes)
    {
        _underWay += bytes;
        Interlocked.Add(ref _bytes, bytes);
    }

    /// <summary>Closes the open chunk, if there is one, and passes its ownership to the caller.</summary>
    public RecordChunk? Close()
    {
        RecordChunk? chunk = Open;
        if (chunk is not null)
        {
            chunk.NextOffset = Position;
            Open = null;
        }

        return chunk;
    }

    /// <summary>Passes a chunk to the reader.</summary>
    public void Publish(RecordChunk chunk)
    {
        Published = chunk.NextOffset;
        _underWay -= chunk.ByteCount;
        _chunks.Writer.TryWrite(chunk);
    }

    /// <summary>Completes the queue after the last chunk: readers see the end or the failure; only the first call counts.</summary>
    public void Complete(Exception? failure) => _chunks.Writer.TryComplete(failure);

    /// <summary>Releases the chunks that were not read.</summary>
    public void Drain()
    {
        while (_chunks.Reader.TryRead(out RecordChunk? chunk))
        {
            chunk.Release();
        }
    }

    private void Released(RecordChunk chunk)
    {
        Interlocked.Add(ref _bytes, -chunk.ByteCount);
        chunk.ReturnArrays();
        onReleased();
    }
}
