using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace KafkaDatasets.Fetching.Direct;

/// <summary>A segment's next chunk, decoded on another thread while the reader is busy with what comes before it; reusable without allocating.</summary>
/// <param name="decode">Decodes the chunk.</param>
internal sealed class ChunkAhead(Func<RecordChunk?> decode) : IThreadPoolWorkItem
{
    private readonly AsyncSignal _done = new();
    private RecordChunk? _chunk;
    private Exception? _error;

    /// <summary>Whether a chunk has been started and not taken; only the reader starts and takes.</summary>
    public bool IsStarted { get; private set; }

    public void Start()
    {
        IsStarted = true;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Waits for the chunk, which then belongs to the caller.</summary>
    /// <exception cref="Exception">What decoding threw.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<RecordChunk?> TakeAsync()
    {
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

    void IThreadPoolWorkItem.Execute()
    {
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
}
