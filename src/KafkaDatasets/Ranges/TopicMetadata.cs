namespace KafkaDatasets.Ranges;

/// <summary>A topic as a broker describes it.</summary>
/// <param name="Name">The topic's name.</param>
/// <param name="Id">Its id; null when the broker does not support topic ids.</param>
/// <param name="Partitions">Its partition numbers, ascending.</param>
internal sealed record TopicMetadata(string Name, Guid? Id, IReadOnlyList<int> Partitions)
{
    /// <summary>The partitions that have no leader.</summary>
    public IReadOnlyList<int> Leaderless { get; init; } = [];
}
