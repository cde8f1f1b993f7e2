namespace KafkaDatasets;

/// <summary>Options for reading a topic as a member of a consumer group.</summary>
public sealed record LiveOptions
{
    /// <summary>The id of the consumer group (<c>group.id</c>). Members of a group share the topic's partitions and start at the group's committed offsets.</summary>
    public required string GroupId { get; init; }

    /// <summary>Where to start in a partition for which the group has committed no offset. Default <see cref="LiveStart.Earliest"/>.</summary>
    public LiveStart StartAt { get; init; } = LiveStart.Earliest;

    /// <summary>
    /// Where to start in a partition, for callers that keep their own offsets, for example beside a model: it is called with the partition each time that the partition is assigned, and returns an offset, or null for <see cref="StartAt"/>.
    /// The offsets that the group has committed are then not used. It is called on the member's own thread and must return at once. Default null: the group's committed offsets.
    /// </summary>
    public Func<int, long?>? StartOffset { get; init; }

    /// <summary>
    /// The name of this member across restarts (<c>group.instance.id</c>, static membership): a member that restarts within the session timeout gets its partitions
    /// back without a rebalance. Default null: dynamic membership.
    /// </summary>
    public string? InstanceId { get; init; }

    /// <summary>
    /// How long a rebalance that revokes partitions waits for their batches that are neither committed nor disposed yet. Default 10 seconds.
    /// </summary>
    public TimeSpan RevokeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <exception cref="InvalidOptionsException">The options are invalid; the message lists every problem found.</exception>
    internal void Validate(KafkaDatasetOptions dataset)
    {
        var faults = new List<string>();
        if (string.IsNullOrWhiteSpace(GroupId))
        {
            faults.Add($"{nameof(GroupId)} is empty: name the consumer group");
        }

        if (StartAt is null)
        {
            faults.Add($"{nameof(StartAt)} is null: leave it out for {nameof(LiveStart)}.{nameof(LiveStart.Earliest)}");
        }

        if (StartAt is LiveStart.TimeStart && EmbeddedKafka.FaultOfTimestamps(nameof(StartAt), dataset.BootstrapServers, $"{nameof(LiveStart)}.{nameof(LiveStart.Earliest)}, {nameof(StartOffset)}") is { } unknown)
        {
            faults.Add(unknown);
        }

        if (InstanceId is not null && string.IsNullOrWhiteSpace(InstanceId))
        {
            faults.Add($"{nameof(InstanceId)} is empty: leave it null for none");
        }

        if (RevokeTimeout < TimeSpan.Zero || RevokeTimeout > TimeSpan.FromMinutes(4))
        {
            faults.Add($"{nameof(RevokeTimeout)} is {RevokeTimeout}: it lies between 0 and 4 minutes, since brokers wait 5 minutes for a rebalance");
        }

        if (dataset.Range is not TopicRange.AllRange { Only: null })
        {
            faults.Add($"{nameof(KafkaDatasetOptions)}.{nameof(KafkaDatasetOptions.Range)} is {dataset.Range}: a live dataset has no range; it begins where the group has committed, or at {nameof(StartAt)}");
        }

        InvalidOptionsException.ThrowIfAny(nameof(LiveOptions), faults);
    }
}
