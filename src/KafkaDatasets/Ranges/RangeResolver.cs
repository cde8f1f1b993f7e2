using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaDatasets.Ranges;

/// <summary>Resolves a requested range into fixed offsets.</summary>
internal static class RangeResolver
{
    /// <exception cref="TopicNotFoundException">The topic or a partition does not exist.</exception>
    /// <exception cref="InvalidOptionsException">The range goes beyond the log's end.</exception>
    /// <exception cref="DataLossException">The topic is no longer the snapshot's, the range begins below the log's start, or the log no longer has the end of the snapshot.</exception>
    public static async ValueTask<DatasetSnapshot> ResolveAsync(ITopicOffsets brokers, string topic, TopicRange range, DataLossPolicy onDataLoss, CancellationToken cancellationToken)
    {
        TopicMetadata metadata = await brokers.DescribeTopicAsync(topic, cancellationToken).ConfigureAwait(false);
        var faults = new ReadFaults(topic, onDataLoss, NullLogger.Instance);
        switch (range)
        {
            case TopicRange.SnapshotRange { Value: var snapshot }:
                CheckSameTopic(snapshot, metadata);
                await FixAsync(brokers, metadata, snapshot.Partitions, isSnapshot: true, onDataLoss, faults, cancellationToken).ConfigureAwait(false);
                return snapshot;

            case TopicRange.AfterRange { Value: var snapshot }:
                CheckSameTopic(snapshot, metadata);
                PartitionRange[] after = [.. snapshot.Partitions.Select(p => PartitionRange.From(p.Partition, p.End))];
                return new DatasetSnapshot(topic, metadata.Id, await FixAsync(brokers, metadata, after, isSnapshot: true, onDataLoss, faults, cancellationToken).ConfigureAwait(false), snapshot.StripeLength);

            case TopicRange.OffsetsRange offsets:
                return new DatasetSnapshot(topic, metadata.Id, await FixAsync(brokers, metadata, offsets.Ranges, isSnapshot: false, onDataLoss, faults, cancellationToken).ConfigureAwait(false));

            case TopicRange.TimestampsRange times:
                return await ResolveAsync(brokers, metadata, metadata.Partitions, Query(times.From, OffsetQuery.Earliest), Query(times.To, OffsetQuery.LastStable), cancellationToken).ConfigureAwait(false);

            default:
                IReadOnlyList<int> partitions = ((TopicRange.AllRange)range).Only ?? metadata.Partitions;
                CheckExist(metadata, partitions);
                return await ResolveAsync(brokers, metadata, partitions, OffsetQuery.Earliest, OffsetQuery.LastStable, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Throws when the brokers' current topic is not the one that the snapshot was taken from.</summary>
    public static void CheckSameTopic(DatasetSnapshot snapshot, TopicMetadata metadata)
    {
        if (snapshot.TopicId is { } was && metadata.Id is { } now && was != now)
        {
            throw ReadFaults.Recreated(snapshot.Topic, was, now);
        }
    }

    /// <exception cref="TopicNotFoundException">A partition does not exist.</exception>
    public static void CheckExist(TopicMetadata topic, IEnumerable<int> partitions)
    {
        foreach (int partition in partitions)
        {
            if (!topic.Partitions.Contains(partition))
            {
                throw new TopicNotFoundException(FormattableString.Invariant($"Topic '{topic.Name}' has no partition {partition}: it has {topic.Partitions.Count}, numbered from 0.")) { Topic = topic.Name, Partition = partition };
            }
        }
    }

    private static OffsetQuery Query(DateTimeOffset? time, OffsetQuery fallback) => time is { } t ? OffsetQuery.At(t) : fallback;

    private static async ValueTask<DatasetSnapshot> ResolveAsync(ITopicOffsets brokers, TopicMetadata topic, IReadOnlyList<int> partitions, OffsetQuery from, OffsetQuery to, CancellationToken cancellationToken)
    {
        // The ends first: otherwise, records appended between the two queries would fall into a range that should be empty.
        long[] ends = await brokers.ListOffsetsAsync(topic.Name, partitions, to, cancellationToken).ConfigureAwait(false);
        long[] starts = await brokers.ListOffsetsAsync(topic.Name, partitions, from, cancellationToken).ConfigureAwait(false);
        return new DatasetSnapshot(topic.Name, topic.Id, partitions.Select((p, i) => new PartitionRange(p, Math.Min(starts[i], ends[i]), ends[i])));
    }

    /// <summary>Replaces open ends with the log's end, and checks that the ranges lie within the log.</summary>
    private static async ValueTask<PartitionRange[]> FixAsync(
        ITopicOffsets brokers, TopicMetadata topic, IReadOnlyList<PartitionRange> ranges, bool isSnapshot, DataLossPolicy onDataLoss, ReadFaults faults, CancellationToken cancellationToken)
    {
        int[] partitions = [.. ranges.Select(r => r.Partition)];
        CheckExist(topic, partitions);
        long[] ends = await brokers.ListOffsetsAsync(topic.Name, partitions, OffsetQuery.LastStable, cancellationToken).ConfigureAwait(false);
        long[] starts = await brokers.ListOffsetsAsync(topic.Name, partitions, OffsetQuery.Earliest, cancellationToken).ConfigureAwait(false);
        var invalid = new List<(PartitionRange Range, long Offset, string Fault)>();
        var resolved = new PartitionRange[ranges.Count];
        for (int i = 0; i < resolved.Length; i++)
        {
            PartitionRange range = ranges[i];
            long beyond = range.IsOpen ? range.Start : range.Length == 0 ? -1 : range.End;
            if (beyond > ends[i])
            {
                string what = FormattableString.Invariant($"{(range.IsOpen ? "begins" : "ends")} at offset {beyond}, beyond the end of the log: the last stable offset of partition {range.Partition} is {ends[i]}");
                if (isSnapshot)
                {
                    throw new DataLossException($"The log of topic '{topic.Name}' no longer has all of the snapshot: the range {range} {what}. It was truncated, or the snapshot is of another cluster.")
                    {
                        Topic = topic.Name,
                        Partition = range.Partition,
                        Offset = beyond,
                    };
                }

                invalid.Add((range, beyond, $"{nameof(KafkaDatasetOptions.Range)} {range} of topic '{topic.Name}' {what}"));
                continue;
            }

            resolved[i] = range.IsOpen ? range with { End = ends[i] } : range;
            if (range.Start < starts[i] && resolved[i].Length > 0 && onDataLoss == DataLossPolicy.Throw)
            {
                throw faults.RangeGone(resolved[i], range.Start, starts[i]);
            }
        }

        return invalid.Count == 0 ? resolved : throw new InvalidOptionsException(nameof(KafkaDatasetOptions), [.. invalid.Select(i => i.Fault)])
        {
            Topic = topic.Name,
            Partition = invalid[0].Range.Partition,
            Offset = invalid[0].Offset,
        };
    }
}
