using System.Diagnostics.CodeAnalysis;
using KafkaDatasets.Fetching;

namespace KafkaDatasets.Live;

/// <summary>The pieces that wait for the reader of a live dataset, and the reader's wait for more.</summary>
internal sealed class LiveInbox
{
    private readonly Lock _lock = new();
    private readonly Queue<LivePiece> _pieces = new();
    private TaskCompletionSource? _waiter;
    private bool _isWoken;

    public bool IsEmpty
    {
        get
        {
            lock (_lock)
            {
                return _pieces.Count == 0;
            }
        }
    }

    /// <summary>Adds a piece, and wakes the reader on a thread of the pool.</summary>
    public void Add(LivePiece piece)
    {
        lock (_lock)
        {
            _pieces.Enqueue(piece);
        }

        Wake();
    }

    /// <summary>Adds records.</summary>
    /// <returns>The wait of the reader, which the caller must complete: the reader, and what awaits it, then runs on the caller's thread. Null if the reader does not wait.</returns>
    public TaskCompletionSource? Add(IReadOnlyList<RecordChunk> chunks, int epoch)
    {
        lock (_lock)
        {
            for (int i = 0; i < chunks.Count; i++)
            {
                _pieces.Enqueue(new LivePiece(epoch) { Chunk = chunks[i] });
            }

            return TakeWaiter();
        }
    }

    /// <summary>Ends the reader's wait, the current one or else the next.</summary>
    public void Wake()
    {
        TaskCompletionSource? waiter;
        lock (_lock)
        {
            waiter = TakeWaiter();
            _isWoken = waiter is null;
        }

        if (waiter is not null)
        {
            PollingThreads.CompleteElsewhere(waiter);
        }
    }

    public bool TryTake([MaybeNullWhen(false)] out LivePiece piece)
    {
        lock (_lock)
        {
            return _pieces.TryDequeue(out piece);
        }
    }

    /// <summary>Waits for pieces, or for <see cref="Wake"/>. One wait at a time.</summary>
    public Task WaitAsync()
    {
        lock (_lock)
        {
            if (_pieces.Count > 0 || _isWoken)
            {
                _isWoken = false;
                return Task.CompletedTask;
            }

            _waiter = new TaskCompletionSource();
            return _waiter.Task;
        }
    }

    private TaskCompletionSource? TakeWaiter()
    {
        TaskCompletionSource? waiter = _waiter;
        _waiter = null;
        return waiter;
    }
}
