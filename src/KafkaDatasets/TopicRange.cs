namespace KafkaDatasets;

/// <summary>
/// Which part of a topic is asked for. It is resolved once, when a dataset is opened, into a <see cref="DatasetSnapshot"/> that never moves again.
/// </summary>
/// <example>
/// <code>
/// TopicRange[] ranges =
/// [
///     TopicRange.All,
///     TopicRange.Partitions(0, 3),
///     TopicRange.Offsets(partition: 0, start: 1000, end: 2000),
///     TopicRange.Timestamps(DateTimeOffset.UtcNow.AddDays(-30)),   // the last 30 days
///     TopicRange.Snapshot(dataset.Snapshot),
/// ];
/// </code>
/// </example>
public abstract class TopicRange
{
    private protected TopicRange()
    {
    }

    /// <summary>Every partition from the log's start to its end (the last stable offset) at the time of opening. The default.</summary>
    public static TopicRange All { get; } = new AllRange(null);

    /// <summary>The given partitions, whole.</summary>
    /// <param name="partitions">The partitions; each must exist in the topic.</param>
    public static TopicRange Partitions(params int[] partitions)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        return new AllRange([.. partitions.Distinct().Order()]);
    }

    /// <summary>The given offsets of the given partitions. An end beyond the log's end is an error.</summary>
    /// <param name="ranges">One range a partition.</param>
    public static TopicRange Offsets(params PartitionRange[] ranges)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        return new OffsetsRange([.. ranges.OrderBy(r => r.Partition)]);
    }

    /// <summary>The given offsets of one partition.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="start">The first offset.</param>
    /// <param name="end">The offset after the last one.</param>
    public static TopicRange Offsets(int partition, long start, long end) => Offsets(new PartitionRange(partition, start, end));

    /// <summary>
    /// In each partition the records from the first one whose timestamp is at or after <paramref name="from"/>
    /// up to the first one whose timestamp is at or after <paramref name="to"/>, by the broker's own time index (millisecond resolution).
    /// </summary>
    /// <param name="from">The start; null: the log's start.</param>
    /// <param name="to">The end; null: the log's end.</param>
    public static TopicRange Timestamps(DateTimeOffset? from, DateTimeOffset? to = null) => new TimestampsRange(from, to);

    /// <summary>Exactly the range of a saved snapshot. The topic's id must still be the same.</summary>
    /// <param name="snapshot">The snapshot.</param>
    public static TopicRange Snapshot(DatasetSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        return new SnapshotRange(snapshot);
    }

    internal sealed class AllRange(int[]? partitions) : TopicRange
    {
        public IReadOnlyList<int>? Only { get; } = partitions;

        public override string ToString() => Only is null ? "All" : $"Partitions({string.Join(", ", Only)})";
    }

    internal sealed class OffsetsRange(PartitionRange[] ranges) : TopicRange
    {
        public IReadOnlyList<PartitionRange> Ranges { get; } = ranges;

        public override string ToString() => $"Offsets({string.Join(", ", Ranges)})";
    }

    internal sealed class TimestampsRange(DateTimeOffset? from, DateTimeOffset? to) : TopicRange
    {
        public DateTimeOffset? From { get; } = from;

        public DateTimeOffset? To { get; } = to;

        public override string ToString() => $"Timestamps({From:O}, {To:O})";
    }

    internal sealed class SnapshotRange(DatasetSnapshot snapshot) : TopicRange
    {
        public DatasetSnapshot Value { get; } = snapshot;

        public override string ToString() => $"Snapshot({Value})";
    }
}
