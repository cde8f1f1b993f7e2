namespace KafkaDatasets.Fetching.Direct;

/// <summary>A piece of a response to Fetch.</summary>
internal enum FetchPiece
{
    /// <summary>The next piece has not come yet.</summary>
    None,

    /// <summary>What concerns the whole response, or a topic.</summary>
    Frame,

    /// <summary>A partition; its records come next.</summary>
    Partition,

    /// <summary>What comes after the records of a partition.</summary>
    PartitionEnd,

    /// <summary>The end.</summary>
    End,
}
