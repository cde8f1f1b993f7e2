namespace KafkaDatasets;

/// <summary>What a number counts that is a date, a time or a time span.</summary>
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

    /// <summary>Nanoseconds; fractions of 100 ns are cut off.</summary>
    Nanosecond,
}
