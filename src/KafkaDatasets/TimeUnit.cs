namespace KafkaDatasets;

/// <summary>The unit of numbers that are dates, times or time spans.</summary>
public enum TimeUnit
{
    /// <summary>Days.</summary>
    Day,

    /// <summary>Seconds.</summary>
    Second,

    /// <summary>Milliseconds.</summary>
    Millisecond,

    /// <summary>Microseconds.</summary>
    Microsecond,

    /// <summary>Nanoseconds; fractions of 100 ns are truncated.</summary>
    Nanosecond,
}
