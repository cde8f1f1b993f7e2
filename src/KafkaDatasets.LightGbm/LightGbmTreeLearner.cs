namespace KafkaDatasets.LightGbm;

/// <summary>How several ranks find the best split of a leaf together. With one rank, both are the same.</summary>
public enum LightGbmTreeLearner
{
    /// <summary>The histograms of all features are summed over all ranks. The trees are the same for every number of ranks, up to rounding. The default.</summary>
    Data,

    /// <summary>Each rank votes for its best features, and only the histograms of the features with the most votes are summed. It needs less network traffic with many features, and is an approximation.</summary>
    Voting,
}
