using System.Diagnostics;
using Confluent.Kafka;

namespace KafkaDatasets.Testing.Cluster;

/// <summary>Waiting for a condition, with a deadline.</summary>
internal static class Until
{
    /// <summary>Waits; a broker that cannot say yet whether it is so (a partition without a leader, say) is asked again.</summary>
    /// <exception cref="TimeoutException">The condition did not come true in time; <paramref name="failure"/> says more.</exception>
    public static async Task TrueAsync(Func<Task<bool>> condition, TimeSpan timeout, Func<string> failure, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        KafkaException? last = null;
        while (!await IsTrueAsync())
        {
            if (Stopwatch.GetElapsedTime(start) > timeout)
            {
                throw new TimeoutException($"After {timeout.TotalSeconds:0} s: {failure()}", last);
            }

            await Task.Delay(50, cancellationToken);
        }

        async Task<bool> IsTrueAsync()
        {
            try
            {
                return await condition();
            }
            catch (KafkaException e)
            {
                last = e;
                return false;
            }
        }
    }
}
