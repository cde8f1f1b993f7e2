namespace KafkaDatasets;

/// <summary>Offsets could not be committed because their partitions now belong to another member of the group, which reads the rows again.</summary>
public sealed class PartitionsLostException : KafkaDatasetException
{
    internal PartitionsLostException(string message, IReadOnlyList<int> partitions)
        : base(message) => Partitions = partitions;

    /// <summary>The partitions whose offsets were not committed.</summary>
    public IReadOnlyList<int> Partitions { get; }
}
