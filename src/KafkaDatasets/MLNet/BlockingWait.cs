namespace KafkaDatasets.MLNet;

/// <summary>Waits for one value task after another on the calling thread, without allocating for each: cursors are read synchronously.</summary>
internal sealed class BlockingWait
{
    private readonly ManualResetEventSlim _done = new();
    private readonly Action _set;

    public BlockingWait() => _set = _done.Set;

    /// <summary>Returns the result, or throws what the task failed with.</summary>
    public T Get<T>(ValueTask<T> task)
    {
        var awaiter = task.ConfigureAwait(false).GetAwaiter();
        if (!awaiter.IsCompleted)
        {
            _done.Reset();
            awaiter.UnsafeOnCompleted(_set);
            _done.Wait();
        }

        return awaiter.GetResult();
    }
}
