namespace KafkaDatasets;

/// <summary>Where a consumer group begins in a partition for which it has committed no offset yet.</summary>
public abstract record LiveStart
{
    private LiveStart()
    {
    }

    /// <summary>At the start of the log: every record that there is.</summary>
    public static LiveStart Earliest { get; } = new EarliestStart();

    /// <summary>At the end of the log when the partition is assigned: records that are written from then on.</summary>
    public static LiveStart Latest { get; } = new LatestStart();

    /// <summary>At the first record whose timestamp is at or after a time; at the end of the log where there is none.</summary>
    /// <param name="time">The time.</param>
    /// <returns>The start.</returns>
    public static LiveStart At(DateTimeOffset time) => new TimeStart(time);

    internal sealed record EarliestStart : LiveStart;

    internal sealed record LatestStart : LiveStart;

    internal sealed record TimeStart(DateTimeOffset Time) : LiveStart;
}
