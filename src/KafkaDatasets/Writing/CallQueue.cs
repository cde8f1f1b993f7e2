namespace KafkaDatasets.Writing;

/// <summary>Runs asynchronous calls one after another, in the order in which they were made.</summary>
internal sealed class CallQueue
{
    private readonly Lock _lock = new();
    private Task _last = Task.CompletedTask;

    /// <summary>Whether no call is running or waiting.</summary>
    public bool IsIdle => _last.IsCompleted;

    /// <summary>Runs a call after all earlier calls have ended, successfully or not.</summary>
    /// <param name="call">The call.</param>
    /// <param name="cancellationToken">Cancels the wait for its turn; later calls keep their order.</param>
    /// <exception cref="OperationCanceledException">The wait was cancelled, and the call was not run.</exception>
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
