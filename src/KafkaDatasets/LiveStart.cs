namespace KafkaDatasets;

/// <summary>Where a consumer group starts in a partition for which it has committed no offset yet.</summary>
public abstract record LiveStart
{
    private LiveStart()
    {
    }

    /// <summary>Starts at the beginning of the log, with the earliest record.</summary>
    public static LiveStart Earliest { get; } = new EarliestStart();

    /// <summary>Starts at the end of the log when the partition is assigned, so that only newer records are read.</summary>
    public static LiveStart Latest { get; } = new LatestStart();

    /// <summary>Starts at the first record whose timestamp is at or after a time, or at the end of the log if there is none. The <see cref="EmbeddedKafka"/> does not index timestamps, and is refused.</summary>
    /// <param name="time">The time.</param>
    /// <returns>The start.</returns>
    public static LiveStart At(DateTimeOffset time) => new TimeStart(time);

    internal sealed record EarliestStart : LiveStart;

    internal sealed record LatestStart : LiveStart;

    internal sealed record TimeStart(DateTimeOffset Time) : LiveStart;
}
