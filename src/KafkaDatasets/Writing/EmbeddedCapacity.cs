namespace KafkaDatasets.Writing;

/// <summary>Checks periodically whether the embedded brokers have dropped records, which they do silently beyond their capacity.</summary>
internal sealed class EmbeddedCapacity(EmbeddedKafka kafka, string topic, int partitions)
{
    private long _due = EmbeddedKafka.PartitionCapacityBytes * partitions;

    /// <returns>Null if the brokers are not embedded.</returns>
    public static EmbeddedCapacity? Of(string bootstrapServers, string topic, int partitions)
        => EmbeddedKafka.TryFind(bootstrapServers, out EmbeddedKafka? kafka) ? new EmbeddedCapacity(kafka, topic, partitions) : null;

    /// <summary>Whether a check is due: as many bytes as the topic holds have been written since the last check.</summary>
    public bool IsDue(long bytes) => bytes >= _due;

    /// <exception cref="KafkaDatasetException">More was written than a partition holds.</exception>
    public Task CheckAsync(long bytes, CancellationToken cancellationToken)
    {
        _due = bytes + (EmbeddedKafka.PartitionCapacityBytes * partitions);
        return kafka.ThrowIfTruncatedAsync(topic, cancellationToken);
    }
}
