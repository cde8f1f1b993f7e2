namespace KafkaDatasets.Ranges;

/// <summary>What a broker says of a topic.</summary>
/// <param name="Name">The topic's name.</param>
/// <param name="Id">Its id, or null where the broker has none.</param>
/// <param name="Partitions">Its partitions, ascending.</param>
internal sealed record TopicMetadata(string Name, Guid? Id, IReadOnlyList<int> Partitions);
