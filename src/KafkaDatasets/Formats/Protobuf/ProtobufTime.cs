using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats.Protobuf;

/// <summary>Converts <c>google.protobuf.Timestamp</c> and <c>Duration</c> to ticks of 100 ns, within their limits.</summary>
internal static class ProtobufTime
{
    /// <summary>10,000 years in seconds (duration.proto).</summary>
    public const long MaxDurationSeconds = 315_576_000_000;

    private const int NanosPerTick = 100;
    private const long NanosPerSecond = 1_000_000_000;

    private static readonly long MinTimestampSeconds = DateTimeOffset.MinValue.ToUnixTimeSeconds();
    private static readonly long MaxTimestampSeconds = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    /// <summary>Returns the ticks since 0001-01-01 in UTC.</summary>
    /// <exception cref="MalformedValueException">It is outside the years 1 to 9999.</exception>
    public static long TimestampTicks(long seconds, long nanos) =>
        IsTimestamp(seconds, nanos)
            ? DateTime.UnixEpoch.Ticks + (seconds * TimeSpan.TicksPerSecond) + (nanos / NanosPerTick)
            : throw new MalformedValueException($"{seconds} seconds and {nanos} nanoseconds are not a valid google.protobuf.Timestamp");

    /// <summary>Returns the ticks of a time span.</summary>
    /// <exception cref="MalformedValueException">It is longer than 10,000 years, or its parts have different signs.</exception>
    public static long DurationTicks(long seconds, long nanos) =>
        IsDuration(seconds, nanos)
            ? (seconds * TimeSpan.TicksPerSecond) + (nanos / NanosPerTick)
            : throw new MalformedValueException($"{seconds} seconds and {nanos} nanoseconds are not a valid google.protobuf.Duration");

    /// <summary>Converts a timestamp to ticks.</summary>
    /// <returns>False when it is invalid.</returns>
    public static bool TryTimestampTicks(long seconds, long nanos, ref long ticks)
    {
        bool isValid = IsTimestamp(seconds, nanos);
        ticks = isValid ? TimestampTicks(seconds, nanos) : 0;
        return isValid;
    }

    /// <summary>Converts a duration to ticks.</summary>
    /// <returns>False when it is invalid.</returns>
    public static bool TryDurationTicks(long seconds, long nanos, ref long ticks)
    {
        bool isValid = IsDuration(seconds, nanos);
        ticks = isValid ? DurationTicks(seconds, nanos) : 0;
        return isValid;
    }

    private static bool IsTimestamp(long seconds, long nanos) =>
        seconds >= MinTimestampSeconds && seconds <= MaxTimestampSeconds && nanos is >= 0 and < NanosPerSecond;

    private static bool IsDuration(long seconds, long nanos) =>
        seconds is >= -MaxDurationSeconds and <= MaxDurationSeconds
        && nanos is > -NanosPerSecond and < NanosPerSecond
        && (seconds == 0 || nanos == 0 || seconds < 0 == nanos < 0);
}
