namespace KafkaDatasets.Fetching.Direct.Connection;

/// <summary>Tries places in turn, starting the next when the last has failed or is silent: a place that never responds costs a moment rather than the whole timeout.</summary>
internal static class StaggeredAttempts
{
    /// <summary>How long an attempt may be silent before the next one starts alongside it.</summary>
    private static readonly TimeSpan Stagger = TimeSpan.FromSeconds(1);

    /// <summary>The result of the first attempt to succeed; the others are cancelled, and anything they still return is disposed.</summary>
    /// <param name="places">The places to try, at least one.</param>
    /// <param name="attempt">One attempt.</param>
    /// <param name="isFinal">Whether an exception ends all attempts.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="cancellationToken">Ends all attempts.</param>
    /// <remarks>A single place is tried without all of this: in a new process, compiling it takes longer than the connection.</remarks>
    public static Task<T> FirstAsync<TPlace, T>(
        IReadOnlyList<TPlace> places, Func<TPlace, CancellationToken, Task<T>> attempt, Func<Exception, bool> isFinal, TimeProvider timeProvider, CancellationToken cancellationToken) =>
        places is [var only] ? attempt(only, cancellationToken) : RaceAsync(places, attempt, isFinal, timeProvider, cancellationToken);

    private static async Task<T> RaceAsync<TPlace, T>(
        IReadOnlyList<TPlace> places, Func<TPlace, CancellationToken, Task<T>> attempt, Func<Exception, bool> isFinal, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = new List<Task<T>>();
        try
        {
            for (int next = 0; ;)
            {
                if (next < places.Count)
                {
                    running.Add(attempt(places[next++], stop.Token));
                }

                Task silence = Task.Delay(next < places.Count ? Stagger : Timeout.InfiniteTimeSpan, timeProvider, stop.Token);
                Task first = await Task.WhenAny([.. running, silence]).ConfigureAwait(false);
                if (first == silence)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    continue;
                }

                var done = (Task<T>)first;
                running.Remove(done);
                try
                {
                    return await done.ConfigureAwait(false);
                }
                catch (Exception e) when (!cancellationToken.IsCancellationRequested && !isFinal(e) && (running.Count > 0 || next < places.Count))
                {
                    // another attempt may succeed
                }
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            running.ForEach(Drop);
        }
    }

    private static void Drop<T>(Task<T> attempt) => attempt.ContinueWith(
        static done =>
        {
            if (done.IsCompletedSuccessfully)
            {
                (done.Result as IDisposable)?.Dispose();
            }

            return done.Exception; // observed
        },
        CancellationToken.None,
        TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);
}
