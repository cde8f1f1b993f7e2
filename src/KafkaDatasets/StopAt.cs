namespace KafkaDatasets;

/// <summary>The condition on which a live read ends by itself. None of the conditions is a timeout for brokers: a broker that does not respond never ends a read.</summary>
public abstract record StopAt
{
    private StopAt()
    {
    }

    /// <summary>The read never ends by itself, only when the enumeration is left or cancelled.</summary>
    public static StopAt Never { get; } = new NeverStop();

    /// <summary>
    /// The read ends when it has returned every record that the member's partitions contained when the read began; for partitions assigned later, every record that they contained at the assignment.
    /// Newer records are not returned, so the read ends even while a producer keeps writing.
    /// </summary>
    public static StopAt CaughtUp { get; } = new CaughtUpStop();

    /// <summary>The read ends when no record has arrived for a given time, and every record of the member's partitions has been returned. The time that the caller works on a batch does not count.</summary>
    /// <param name="duration">The time, for example 30 seconds.</param>
    /// <returns>The condition.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time is not positive.</exception>
    public static StopAt IdleFor(TimeSpan duration)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(duration, TimeSpan.Zero);
        return new IdleStop(duration);
    }

    /// <summary>The read ends when the member's partitions have been read up to given offsets; partitions that are not listed are read up to their end when the read begins.</summary>
    /// <param name="ends">For each partition, the offset after the last one to read. A read of a topic without one of the partitions throws an <see cref="InvalidOptionsException"/>.</param>
    /// <returns>The condition.</returns>
    /// <exception cref="ArgumentException">No partition is listed, or a number is negative.</exception>
    public static StopAt Offsets(IReadOnlyDictionary<int, long> ends)
    {
        ArgumentNullException.ThrowIfNull(ends);
        if (ends.Count == 0)
        {
            throw new ArgumentException("No partition is listed: give an offset for at least one.", nameof(ends));
        }

        foreach ((int partition, long end) in ends)
        {
            if (partition < 0 || end < 0)
            {
                throw new ArgumentException(FormattableString.Invariant($"Partition {partition} is to be read up to offset {end}: neither number can be negative."), nameof(ends));
            }
        }

        return new OffsetsStop(ends.ToDictionary());
    }

    /// <summary>The read ends when each of the member's partitions has been read up to its first record at or after a time; if the time is in the future, the read waits for it. The <see cref="EmbeddedKafka"/> does not index timestamps, and is refused.</summary>
    /// <param name="time">The time.</param>
    /// <returns>The condition.</returns>
    public static StopAt Timestamp(DateTimeOffset time) => new TimestampStop(time);

    internal sealed record NeverStop : StopAt;

    internal sealed record CaughtUpStop : StopAt;

    internal sealed record IdleStop(TimeSpan Duration) : StopAt;

    internal sealed record OffsetsStop(IReadOnlyDictionary<int, long> Ends) : StopAt;

    internal sealed record TimestampStop(DateTimeOffset Time) : StopAt;
}
