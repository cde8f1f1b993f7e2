using KafkaDatasets;

namespace SusyDemo.Commands;

/// <summary>What becomes of failures: one clear message, and an exit code.</summary>
internal static class Failures
{
    public const int Failed = 1;
    public const int Cancelled = 130;

    /// <summary>Does the work and returns the exit code. Failures that the user cannot put right go through.</summary>
    public static async Task<int> GuardAsync(Func<Task> work, TextWriter errors, CancellationToken cancellationToken)
    {
        try
        {
            await work().ConfigureAwait(false);
            return 0;
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            await errors.WriteLineAsync("cancelled").ConfigureAwait(false);
            return Cancelled;
        }
        catch (Exception e) when (Explain(e) is { } explanation)
        {
            await errors.WriteLineAsync($"error: {explanation}").ConfigureAwait(false);
            return Failed;
        }
    }

    /// <summary>The message of the failure that the user can understand, or null. ML.NET wraps what its cursors throw.</summary>
    private static string? Explain(Exception? e) => e switch
    {
        null => null,
        KafkaDatasetException or DemoException => e.Message,
        AggregateException aggregate => aggregate.InnerExceptions.Select(Explain).FirstOrDefault(m => m is not null),
        _ => Explain(e.InnerException),
    };
}
