namespace KafkaDatasets.Fetching.Direct;

/// <summary>A piece of a Fetch response.</summary>
internal enum FetchPiece
{
    /// <summary>The next piece has not arrived yet.</summary>
    None,

    /// <summary>Fields of the whole response, or of a topic.</summary>
    Frame,

    /// <summary>A partition; its records come next.</summary>
    Partition,

    /// <summary>The fields after the records of a partition.</summary>
    PartitionEnd,

    /// <summary>The end of the response.</summary>
    End,
}
