namespace KafkaDatasets.Writing;

/// <summary>Runs asynchronous calls one after another, in the order in which they were made.</summary>
internal sealed class CallQueue
{
    private readonly Lock _lock = new();
    private Task _last = Task.CompletedTask;

    /// <summary>Whether no call runs or waits.</summary>
    public bool IsIdle => _last.IsCompleted;

    /// <summary>Runs a call after those made before it, whether they succeeded or not.</summary>
    /// <param name="call">The call.</param>
    /// <param name="cancellationToken">Ends the wait for its turn; the calls behind it keep their order.</param>
    /// <exception cref="OperationCanceledException">The wait was cancelled, and the call was not made.</exception>
    public Task RunAsync(Func<Task> call, CancellationToken cancellationToken)
    {
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task before;
        lock (_lock)
        {
            (before, _last) = (_last, turn.Task);
        }

        return RunAsync(before, turn, call, cancellationToken);
    }

    private static async Task RunAsync(Task before, TaskCompletionSource turn, Func<Task> call, CancellationToken cancellationToken)
    {
        try
        {
            await before.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _ = before.ContinueWith(static (_, state) => ((TaskCompletionSource)state!).SetResult(), turn, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            throw;
        }

        try
        {
            await call().ConfigureAwait(false);
        }
        finally
        {
            turn.SetResult();
        }
    }
}
