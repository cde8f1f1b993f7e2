namespace KafkaDatasets.Ranges;

/// <summary>Resolves what was asked for into offsets that never move again.</summary>
internal static class RangeResolver
{
    /// <exception cref="TopicNotFoundException">The topic or a partition does not exist.</exception>
    /// <exception cref="DataLossException">The topic is not the snapshot's any more, or the range begins below the log's start.</exception>
    /// <exception cref="KafkaDatasetException">The range ends beyond the log's end.</exception>
    public static async ValueTask<DatasetSnapshot> ResolveAsync(ITopicOffsets brokers, string topic, TopicRange range, DataLossPolicy onDataLoss, CancellationToken cancellationToken)
    {
        TopicMetadata metadata = await brokers.DescribeTopicAsync(topic, cancellationToken).ConfigureAwait(false);
        switch (range)
        {
            case TopicRange.SnapshotRange { Value: var snapshot }:
                CheckSameTopic(snapshot, metadata);
                CheckExist(metadata, snapshot.Partitions.Select(p => p.Partition));
                await CheckInLogAsync(brokers, topic, snapshot.Partitions, onDataLoss, cancellationToken).ConfigureAwait(false);
                return snapshot;

            case TopicRange.OffsetsRange offsets:
                CheckExist(metadata, offsets.Ranges.Select(r => r.Partition));
                await CheckInLogAsync(brokers, topic, offsets.Ranges, onDataLoss, cancellationToken).ConfigureAwait(false);
                return new DatasetSnapshot(topic, metadata.Id, offsets.Ranges);

            case TopicRange.TimestampsRange times:
                return await ResolveAsync(brokers, metadata, metadata.Partitions, Query(times.From, OffsetQuery.Earliest), Query(times.To, OffsetQuery.LastStable), cancellationToken).ConfigureAwait(false);

            default:
                IReadOnlyList<int> partitions = ((TopicRange.AllRange)range).Only ?? metadata.Partitions;
                CheckExist(metadata, partitions);
                return await ResolveAsync(brokers, metadata, partitions, OffsetQuery.Earliest, OffsetQuery.LastStable, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Throws where the topic that the brokers have now is not the one that the snapshot was made of.</summary>
    public static void CheckSameTopic(DatasetSnapshot snapshot, TopicMetadata metadata)
    {
        if (snapshot.TopicId is { } was && metadata.Id is { } now && was != now)
        {
            throw new DataLossException($"Topic '{snapshot.Topic}' was deleted and made anew: its id is {now}, that of the snapshot {was}. Resolve the range again to read the new topic.") { Topic = snapshot.Topic };
        }
    }

    /// <exception cref="TopicNotFoundException">A partition does not exist.</exception>
    public static void CheckExist(TopicMetadata topic, IEnumerable<int> partitions)
    {
        foreach (int partition in partitions)
        {
            if (!topic.Partitions.Contains(partition))
            {
                throw new TopicNotFoundException($"Topic '{topic.Name}' has no partition {partition}: it has {topic.Partitions.Count}, numbered from 0.") { Topic = topic.Name, Partition = partition };
            }
        }
    }

    private static OffsetQuery Query(DateTimeOffset? time, OffsetQuery fallback) => time is { } t ? OffsetQuery.At(t) : fallback;

    private static async ValueTask<DatasetSnapshot> ResolveAsync(ITopicOffsets brokers, TopicMetadata topic, IReadOnlyList<int> partitions, OffsetQuery from, OffsetQuery to, CancellationToken cancellationToken)
    {
        long[] starts = await brokers.ListOffsetsAsync(topic.Name, partitions, from, cancellationToken).ConfigureAwait(false);
        long[] ends = await brokers.ListOffsetsAsync(topic.Name, partitions, to, cancellationToken).ConfigureAwait(false);
        return new DatasetSnapshot(topic.Name, topic.Id, partitions.Select((p, i) => new PartitionRange(p, starts[i], Math.Max(starts[i], ends[i]))));
    }

    private static async ValueTask CheckInLogAsync(ITopicOffsets brokers, string topic, IReadOnlyList<PartitionRange> ranges, DataLossPolicy onDataLoss, CancellationToken cancellationToken)
    {
        int[] partitions = [.. ranges.Select(r => r.Partition)];
        long[] starts = await brokers.ListOffsetsAsync(topic, partitions, OffsetQuery.Earliest, cancellationToken).ConfigureAwait(false);
        long[] ends = await brokers.ListOffsetsAsync(topic, partitions, OffsetQuery.LastStable, cancellationToken).ConfigureAwait(false);
        for (int i = 0; i < ranges.Count; i++)
        {
            PartitionRange range = ranges[i];
            if (range.End > ends[i] && range.Length > 0)
            {
                throw new DataLossException($"The range {range} of topic '{topic}' ends beyond the log: the last stable offset of partition {range.Partition} is {ends[i]}. Choose an end of at most that.")
                {
                    Topic = topic,
                    Partition = range.Partition,
                    Offset = range.End,
                };
            }

            if (range.Start < starts[i] && range.Length > 0 && onDataLoss == DataLossPolicy.Throw)
            {
                throw new DataLossException($"Offsets {range.Start} to {Math.Min(starts[i], range.End)} of topic '{topic}', partition {range.Partition}, are not in the log any more: it starts at {starts[i]}. Set {nameof(KafkaDatasetOptions.OnDataLoss)} to {nameof(DataLossPolicy)}.{nameof(DataLossPolicy.Skip)} to read what is left.")
                {
                    Topic = topic,
                    Partition = range.Partition,
                    Offset = range.Start,
                };
            }
        }
    }
}
