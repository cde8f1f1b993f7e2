using System.Diagnostics;
using KafkaDatasets.Ranges;

namespace KafkaDatasets.Live;

/// <summary>The topic that a group follows: whether it is still the same one, and where its partitions are read from. Its methods wait for the brokers.</summary>
internal sealed class FollowedTopic(KafkaDataset dataset, LiveOptions live, DataLossPolicy onDataLoss)
{
    private static readonly TimeSpan MissingInterval = TimeSpan.FromMilliseconds(500);

    private readonly string _topic = dataset.Snapshot.Topic;
    private readonly ReadFaults _faults = new(dataset.Snapshot.Topic, onDataLoss, dataset.Context.Logger);
    private volatile int _partitionCount = dataset.Snapshot.Partitions.Count;

    /// <summary>Finds where reading goes on after a position that is not in the log.</summary>
    /// <exception cref="DataLossException">Offsets were lost, and must not be skipped.</exception>
    public long FindNext(int partition, long position)
    {
        long start = ListOffsets([partition], OffsetQuery.Earliest)[0];
        if (position < start)
        {
            return _faults.TrySkipLost(partition, position, start) ? start : throw _faults.RangeGone(new PartitionRange(partition, position, long.MaxValue), position, start);
        }

        long end = ListOffsets([partition], OffsetQuery.HighWatermark)[0];
        return position <= end ? position : throw BeyondEnd("is at", partition, position, end);
    }

    /// <summary>Checks that a description is that of the followed topic, and records how many partitions it has.</summary>
    /// <exception cref="DataLossException">The topic was recreated.</exception>
    public void Recognize(TopicMetadata topic)
    {
        if (dataset.Snapshot.TopicId is { } was && topic.Id is { } now && was != now)
        {
            throw new DataLossException($"Topic '{_topic}' was deleted and recreated while it was followed: its id is {now}, and was {was}. Join again to follow the new topic.") { Topic = _topic };
        }

        _partitionCount = Math.Max(_partitionCount, topic.Partitions.Count); // it only grows
    }

    /// <summary>What has become of the topic, for whoever finds that its partitions are gone: null if it is still there, and the same one. A broker that has just started may not know it yet.</summary>
    /// <exception cref="BrokerException">No broker can say.</exception>
    public async Task<DataLossException?> FindLossAsync(CancellationToken cancellationToken)
    {
        TimeProvider time = dataset.Context.TimeProvider;
        long since = time.GetTimestamp();
        while (true)
        {
            try
            {
                Recognize(await dataset.Engine.DescribeTopicAsync(_topic, cancellationToken).ConfigureAwait(false));
                return null;
            }
            catch (DataLossException e)
            {
                return e;
            }
            catch (TopicNotFoundException e) when (time.GetElapsedTime(since) >= ReadFaults.DeletionGrace)
            {
                return Deleted(e);
            }
            catch (TopicNotFoundException)
            {
                await Task.Delay(MissingInterval, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The exception for a topic that has been unknown for long enough.</summary>
    public DataLossException Deleted(TopicNotFoundException cause) => new($"Topic '{_topic}' no longer exists: it was deleted while it was followed.", cause) { Topic = _topic };

    /// <summary>Checks that a condition names partitions of the topic only, and that its brokers can find where it holds.</summary>
    /// <exception cref="InvalidOptionsException">It names others, or they cannot.</exception>
    public void Check(StopAt stop)
    {
        if (stop is StopAt.TimestampStop && EmbeddedKafka.FaultOfTimestamps(nameof(LiveBatchOptions.StopAt), dataset.Context.BootstrapServers, $"{nameof(StopAt)}.{nameof(StopAt.CaughtUp)}, {nameof(StopAt)}.{nameof(StopAt.Offsets)}") is { } unknown)
        {
            throw new InvalidOptionsException(nameof(LiveBatchOptions), [unknown]);
        }

        if (stop is StopAt.OffsetsStop offsets && offsets.Ends.Keys.Max() is var last && last >= _partitionCount)
        {
            throw new InvalidOptionsException(nameof(LiveBatchOptions), [FormattableString.Invariant($"{nameof(LiveBatchOptions.StopAt)} names partition {last}, but topic '{_topic}' has {_partitionCount}, numbered from 0")]);
        }
    }

    /// <summary>Whether reading goes on where it ended before, in at least one partition.</summary>
    public bool IsContinued { get; private set; }

    /// <summary>The offsets to start at: those that the group has committed, or else those of the options.</summary>
    public long[] FindStarts(IReadOnlyList<int> partitions, Func<IReadOnlyList<int>, IReadOnlyList<long?>> committedOf)
    {
        TryRecognize();
        IReadOnlyList<long?> committed = live.StartOffset is { } start ? [.. partitions.Select(start)] : committedOf(partitions);
        long[] first = ListOffsets(partitions, OffsetQuery.Earliest);
        long[]? ends = null;
        long[] starts = new long[partitions.Count];
        long[]? fresh = null;
        for (int i = 0; i < starts.Length; i++)
        {
            if (committed[i] is not { } offset)
            {
                // Every record of a partition that was added after this member joined is new to it.
                bool isAdded = live.StartAt is LiveStart.LatestStart && partitions[i] >= dataset.Snapshot.Partitions.Count;
                fresh ??= live.StartAt is LiveStart.EarliestStart ? first : ListOffsets(partitions, StartQuery());
                starts[i] = isAdded ? first[i] : fresh[i];
                continue;
            }

            IsContinued = true;

            // Asked after the offset was committed, and with open transactions: an offset beyond it was never in this log.
            ends ??= ListOffsets(partitions, OffsetQuery.HighWatermark);
            if (offset > ends[i])
            {
                throw BeyondEnd(StartVerb, partitions[i], offset, ends[i]);
            }

            if (offset < first[i] && !_faults.TrySkipLost(partitions[i], offset, first[i]))
            {
                throw new DataLossException(FormattableString.Invariant($"Group '{live.GroupId}' {StartVerb} offset {offset} of topic '{_topic}', partition {partitions[i]}, but the log starts at {first[i]}: the records between were deleted before they were read. Set {nameof(KafkaDatasetOptions.OnDataLoss)} to {nameof(DataLossPolicy)}.{nameof(DataLossPolicy.Skip)} to go on with what is left."))
                {
                    Topic = _topic,
                    Partition = partitions[i],
                    Offset = offset,
                };
            }

            starts[i] = Math.Max(offset, first[i]);
        }

        return starts;
    }

    private string StartVerb => live.StartOffset is null ? "has committed" : "is to start at";

    private DataLossException BeyondEnd(string verb, int partition, long offset, long end) => new(FormattableString.Invariant(
        $"Group '{live.GroupId}' {verb} offset {offset} of topic '{_topic}', partition {partition}, but the log ends at {end}: the log was truncated, the topic was deleted and recreated, or the offset belongs to another topic. {(live.StartOffset is null ? "Commit another offset for the group, or use another group." : $"Return another offset from {nameof(LiveOptions)}.{nameof(LiveOptions.StartOffset)}, or null.")}"))
    {
        Topic = _topic,
        Partition = partition,
        Offset = offset,
    };

    private void TryRecognize()
    {
        try
        {
            Recognize(Wait(dataset.Engine.DescribeTopicAsync(_topic, CancellationToken.None)));
        }
        catch (TopicNotFoundException)
        {
            // The watch finds out whether the topic was deleted, or one broker does not know it yet.
        }
    }

    private OffsetQuery StartQuery() => live.StartAt switch
    {
        LiveStart.EarliestStart => OffsetQuery.Earliest,
        LiveStart.LatestStart => OffsetQuery.LastStable,
        LiveStart.TimeStart time => OffsetQuery.At(time.Time),
        _ => throw new UnreachableException(),
    };

    private long[] ListOffsets(IReadOnlyList<int> partitions, OffsetQuery query) => Wait(dataset.Engine.ListOffsetsAsync(_topic, partitions, query, CancellationToken.None));

    private static T Wait<T>(ValueTask<T> task) => task.AsTask().GetAwaiter().GetResult();
}
