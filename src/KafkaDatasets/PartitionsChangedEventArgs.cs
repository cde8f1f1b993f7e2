namespace KafkaDatasets;

/// <summary>The partitions that a member of a consumer group was assigned, or lost.</summary>
/// <param name="partitions">The partitions.</param>
public sealed class PartitionsChangedEventArgs(IReadOnlyList<int> partitions) : EventArgs
{
    /// <summary>The partitions, in ascending order.</summary>
    public IReadOnlyList<int> Partitions { get; } = partitions;
}
