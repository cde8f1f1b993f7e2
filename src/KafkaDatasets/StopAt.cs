namespace KafkaDatasets;

/// <summary>When a live read ends by itself. No condition is a time-out on brokers: a broker that does not respond never ends a read.</summary>
public abstract record StopAt
{
    private StopAt()
    {
    }

    /// <summary>Never: until the enumeration is left or cancelled.</summary>
    public static StopAt Never { get; } = new NeverStop();

    /// <summary>
    /// When everything was read that the member's partitions held when the read began; of partitions that are assigned later, everything that they held then.
    /// No record beyond that is given, so that a producer that goes on writing changes nothing.
    /// </summary>
    public static StopAt CaughtUp { get; } = new CaughtUpStop();

    /// <summary>When no record has come for a time.</summary>
    /// <param name="duration">The time, for example 30 seconds.</param>
    /// <returns>The condition.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time is not positive.</exception>
    public static StopAt IdleFor(TimeSpan duration)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(duration, TimeSpan.Zero);
        return new IdleStop(duration);
    }

    /// <summary>When the member's partitions have been read up to given offsets; partitions that are not named are read to where they are when the read begins.</summary>
    /// <param name="ends">For each partition the offset after the last one to read.</param>
    /// <returns>The condition.</returns>
    public static StopAt Offsets(IReadOnlyDictionary<int, long> ends)
    {
        ArgumentNullException.ThrowIfNull(ends);
        return new OffsetsStop(ends.ToDictionary());
    }

    /// <summary>When the member's partitions have been read up to their first record at or after a time; in the future, the time is waited for.</summary>
    /// <param name="time">The time.</param>
    /// <returns>The condition.</returns>
    public static StopAt Timestamp(DateTimeOffset time) => new TimestampStop(time);

    internal sealed record NeverStop : StopAt;

    internal sealed record CaughtUpStop : StopAt;

    internal sealed record IdleStop(TimeSpan Duration) : StopAt;

    internal sealed record OffsetsStop(IReadOnlyDictionary<int, long> Ends) : StopAt;

    internal sealed record TimestampStop(DateTimeOffset Time) : StopAt;
}
