using System.Diagnostics;

namespace KafkaDatasets.IntegrationTests.Cluster;

/// <summary>Waiting for a condition, with a deadline.</summary>
internal static class Until
{
    /// <exception cref="TimeoutException">The condition did not come true in time; <paramref name="failure"/> says more.</exception>
    public static async Task TrueAsync(Func<Task<bool>> condition, TimeSpan timeout, Func<string> failure, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(start) > timeout)
            {
                throw new TimeoutException($"After {timeout.TotalSeconds:0} s: {failure()}");
            }

            await Task.Delay(50, cancellationToken);
        }
    }
}
