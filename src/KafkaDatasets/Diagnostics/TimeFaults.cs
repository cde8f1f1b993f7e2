namespace KafkaDatasets.Diagnostics;

/// <summary>What is wrong with times in options.</summary>
internal static class TimeFaults
{
    /// <summary>The longest time that a timer can wait: about 24 days.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(int.MaxValue);

    /// <summary>Checks a time that may be zero.</summary>
    public static void CheckDelay(TimeSpan delay, string name, List<string> faults)
    {
        if (delay < TimeSpan.Zero || delay > Longest)
        {
            faults.Add($"{name} is {delay}: it lies between 0 and 24 days");
        }
    }

    /// <summary>Checks a time after which something fails.</summary>
    public static void CheckTimeout(TimeSpan timeout, string name, List<string> faults)
    {
        if (timeout <= TimeSpan.Zero || timeout > Longest)
        {
            faults.Add($"{name} is {timeout}, not between zero and {Longest}");
        }
    }
}
