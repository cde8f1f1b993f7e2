using System.Globalization;

namespace KafkaDatasets;

/// <summary>
/// The part of a topic to read. It is resolved once, when a dataset is opened, to a <see cref="DatasetSnapshot"/> that never changes.
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

    /// <summary>Whole partitions, from the log's start to its end (the last stable offset) when the dataset is opened.</summary>
    /// <param name="partitions">The partitions; each must exist in the topic and be listed only once.</param>
    /// <returns>The range.</returns>
    public static TopicRange Partitions(params int[] partitions)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        return new AllRange([.. partitions.Order()]);
    }

    /// <summary>Given offsets of given partitions. An end beyond the log's end causes an <see cref="InvalidOptionsException"/>.</summary>
    /// <param name="ranges">One range for each partition; <see cref="PartitionRange.From"/> creates one that ends at the log's end.</param>
    /// <returns>The range.</returns>
    public static TopicRange Offsets(params PartitionRange[] ranges)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        return new OffsetsRange([.. ranges.OrderBy(r => r.Partition)]);
    }

    /// <summary>Given offsets of one partition.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="start">The first offset.</param>
    /// <param name="end">The offset after the last one.</param>
    /// <returns>The range.</returns>
    public static TopicRange Offsets(int partition, long start, long end) => Offsets(new PartitionRange(partition, start, end));

    /// <summary>The offsets of one partition from <paramref name="start"/> to the log's end (the last stable offset) when the dataset is opened.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="start">The first offset.</param>
    /// <returns>The range.</returns>
    public static TopicRange Offsets(int partition, long start) => Offsets(PartitionRange.From(partition, start));

    /// <summary>
    /// In each partition, the records from the first one whose timestamp is at or after <paramref name="from"/>
    /// up to, but excluding, the first one whose timestamp is at or after <paramref name="to"/>, according to the broker's time index (in milliseconds).
    /// </summary>
    /// <param name="from">The start; null for the log's start.</param>
    /// <param name="to">The end; null for the log's end. Default null.</param>
    /// <returns>The range.</returns>
    public static TopicRange Timestamps(DateTimeOffset? from, DateTimeOffset? to = null) => new TimestampsRange(from, to);

    /// <summary>Exactly the offsets of a saved snapshot. The topic must not have been recreated since: its id must be the same.</summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <returns>The range.</returns>
    public static TopicRange Snapshot(DatasetSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        return new SnapshotRange(snapshot);
    }

    /// <summary>
    /// The records written after a snapshot: its partitions from the snapshot's end to the log's end (the last stable offset) when the dataset is opened.
    /// Partitions that are not in the snapshot, such as those added to the topic later, are not read.
    /// </summary>
    /// <param name="snapshot">The snapshot. The topic's id must still be the same.</param>
    /// <returns>The range.</returns>
    public static TopicRange After(DatasetSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        return new AfterRange(snapshot);
    }

    /// <summary>Why the range is invalid for a topic; each reason is a clause.</summary>
    internal virtual IEnumerable<string> FaultsOf(string topic) => [];

    private static IEnumerable<string> Duplicates(IEnumerable<int> partitions) =>
        partitions.GroupBy(p => p).Where(g => g.Count() > 1).Select(g => FormattableString.Invariant($"has partition {g.Key} more than once"));

    private static IEnumerable<string> Foreign(DatasetSnapshot snapshot, string topic) =>
        snapshot.Topic == topic ? [] : [$"is of a snapshot of topic '{snapshot.Topic}', not of '{topic}'"];

    internal sealed class AllRange(int[]? partitions) : TopicRange
    {
        public IReadOnlyList<int>? Only { get; } = partitions;

        internal override IEnumerable<string> FaultsOf(string topic) =>
            [.. Duplicates(Only ?? []), .. (Only ?? []).Where(p => p < 0).Select(p => FormattableString.Invariant($"has partition {p}, which is negative"))];

        public override string ToString() => Only is null ? "All" : $"Partitions({string.Join(", ", Only.Select(p => p.ToString(CultureInfo.InvariantCulture)))})";
    }

    internal sealed class OffsetsRange(PartitionRange[] ranges) : TopicRange
    {
        public IReadOnlyList<PartitionRange> Ranges { get; } = ranges;

        internal override IEnumerable<string> FaultsOf(string topic) =>
        [
            .. Ranges.Where(r => r.Partition < 0 || r.Start < 0 || r.End < r.Start).Select(r => $"has {r}, which is invalid: partition and offsets are at least 0, and the end is not before the start"),
            .. Duplicates(Ranges.Select(r => r.Partition)),
        ];

        public override string ToString() => $"Offsets({string.Join(", ", Ranges)})";
    }

    internal sealed class TimestampsRange(DateTimeOffset? from, DateTimeOffset? to) : TopicRange
    {
        public DateTimeOffset? From { get; } = from;

        public DateTimeOffset? To { get; } = to;

        internal override IEnumerable<string> FaultsOf(string topic) =>
            From is { } from && To is { } to && to < from ? [FormattableString.Invariant($"ends at {to:O}, before its start {from:O}")] : [];

        public override string ToString() => FormattableString.Invariant($"Timestamps({From:O}, {To:O})");
    }

    internal sealed class AfterRange(DatasetSnapshot snapshot) : TopicRange
    {
        public DatasetSnapshot Value { get; } = snapshot;

        internal override IEnumerable<string> FaultsOf(string topic) => Foreign(Value, topic);

        public override string ToString() => $"After({Value})";
    }

    internal sealed class SnapshotRange(DatasetSnapshot snapshot) : TopicRange
    {
        public DatasetSnapshot Value { get; } = snapshot;

        internal override IEnumerable<string> FaultsOf(string topic) => Foreign(Value, topic);

        public override string ToString() => $"Snapshot({Value})";
    }
}
