namespace KafkaDatasets.Ranges;

/// <summary>The offset that ListOffsets should return: the log's start, one of its ends, or the first offset at or after a time.</summary>
/// <param name="Timestamp">The protocol's timestamp: −2, −1, or milliseconds since the Unix epoch.</param>
/// <param name="IsCommittedOnly">Whether the end is that for a reader of committed records.</param>
internal readonly record struct OffsetQuery(long Timestamp, bool IsCommittedOnly = true)
{
    /// <summary>The log's start.</summary>
    public static OffsetQuery Earliest => new(-2);

    /// <summary>The last stable offset: the end for a reader of committed records.</summary>
    public static OffsetQuery LastStable => new(-1);

    /// <summary>The high watermark: the end of what is replicated, open transactions included.</summary>
    public static OffsetQuery HighWatermark => new(-1, IsCommittedOnly: false);

    /// <summary>The first offset whose timestamp is at or after the time; the last stable offset when there is none.</summary>
    public static OffsetQuery At(DateTimeOffset time) =>
        new(Math.Max(0, ((time - DateTimeOffset.UnixEpoch).Ticks + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond));
}
