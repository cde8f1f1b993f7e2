namespace KafkaDatasets;

/// <summary>Which partition of the output topic a score is written to.</summary>
public enum ScorePartitioning
{
    /// <summary>The partition with the number of the input's, if the topics have the same number of partitions; otherwise by key.</summary>
    Auto,

    /// <summary>The partition with the number of the input's; the output topic must have at least as many partitions.</summary>
    Input,

    /// <summary>By the record's key, as Java's producers choose it (murmur2); records without a key go to any partition.</summary>
    Key,
}
