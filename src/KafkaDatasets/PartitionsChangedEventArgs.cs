namespace KafkaDatasets;

/// <summary>Which partitions a member of a group was given, or lost.</summary>
/// <param name="partitions">The partitions.</param>
public sealed class PartitionsChangedEventArgs(IReadOnlyList<int> partitions) : EventArgs
{
    /// <summary>The partitions, ascending.</summary>
    public IReadOnlyList<int> Partitions { get; } = partitions;
}
