using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace KafkaDatasets.Fetching.Direct;

/// <summary>A segment's next chunk, decoded on another thread while the reader is busy with what comes before it; reusable without allocating.</summary>
/// <remarks>When no other thread has begun it by the time it is taken, the reader decodes it itself.</remarks>
/// <param name="decode">Decodes the chunk.</param>
internal sealed class ChunkAhead(Func<RecordChunk?> decode) : IThreadPoolWorkItem
{
    private readonly AsyncSignal _done = new();
    private RecordChunk? _chunk;
    private Exception? _error;
    private int _isToBegin;
    private int _isQueued;

    /// <summary>Whether a chunk has been started and not taken; only the reader starts and takes.</summary>
    public bool IsStarted { get; private set; }

    public void Start()
    {
        IsStarted = true;
        Interlocked.Exchange(ref _isToBegin, 1);
        if (Interlocked.Exchange(ref _isQueued, 1) == 0) // else it is still in the queue from a time when the reader was faster
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    /// <summary>Waits for the chunk, which then belongs to the caller.</summary>
    /// <exception cref="Exception">What decoding threw.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<RecordChunk?> TakeAsync()
    {
        if (TryBegin())
        {
            IsStarted = false;
            return decode();
        }

        await _done.WaitAsync().ConfigureAwait(false);
        IsStarted = false;
        (RecordChunk? chunk, Exception? error) = (_chunk, _error);
        (_chunk, _error) = (null, null);
        if (error is not null)
        {
            ExceptionDispatchInfo.Throw(error);
        }

        return chunk;
    }

    /// <summary>Drops a chunk that was started and that nobody asks for any more, and what its decoding threw.</summary>
    public async ValueTask DropAsync()
    {
        if (IsStarted && !TryBegin())
        {
            await _done.WaitAsync().ConfigureAwait(false);
            _chunk?.Release();
        }

        IsStarted = false;
    }

    void IThreadPoolWorkItem.Execute()
    {
        Interlocked.Exchange(ref _isQueued, 0);
        if (!TryBegin())
        {
            return;
        }

        try
        {
            _chunk = decode();
        }
        catch (Exception e)
        {
            _error = e;
        }

        _done.Set();
    }

    private bool TryBegin() => Interlocked.Exchange(ref _isToBegin, 0) != 0;
}
