namespace KafkaDatasets;

/// <summary>How a topic is followed as a member of a consumer group.</summary>
public sealed record LiveOptions
{
    /// <summary>The consumer group. Members of one group share the topic's partitions, and go on where the group has committed.</summary>
    public required string GroupId { get; init; }

    /// <summary>Where to begin in a partition for which the group has committed nothing. Default <see cref="LiveStart.Earliest"/>.</summary>
    public LiveStart StartAt { get; init; } = LiveStart.Earliest;

    /// <summary>
    /// A name of this member that survives restarts (<c>group.instance.id</c>, static membership): a member that comes back within the session time-out gets its partitions
    /// back without a rebalance. Default null: none.
    /// </summary>
    public string? InstanceId { get; init; }

    /// <summary>
    /// When partitions are taken away, how long the rebalance waits for batches with rows of theirs that were given and neither committed nor disposed. Default 10 seconds.
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
