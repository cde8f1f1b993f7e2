namespace KafkaDatasets;

/// <summary>When a pass over a <see cref="KafkaDatasetMix"/> ends.</summary>
public enum MixEnd
{
    /// <summary>At the end of the last topic: every row is read once. When a topic has no more rows, the others continue in their proportions.</summary>
    AllTopics,

    /// <summary>When a topic whose turn it is has no more rows: the proportions hold in the whole pass, and the remaining rows of the other topics are not read. A topic whose snapshot has the length 0 takes no part.</summary>
    FirstTopic,
}
