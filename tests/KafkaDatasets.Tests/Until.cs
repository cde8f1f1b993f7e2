using System.Diagnostics;
using Xunit;

namespace KafkaDatasets.Tests;

/// <summary>Waits for conditions, with a deadline.</summary>
internal static class Until
{
    public static async Task TrueAsync(Func<bool> condition, string what, int seconds = 10)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start).TotalSeconds < seconds, $"not within {seconds} s: {what}");
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }
}
