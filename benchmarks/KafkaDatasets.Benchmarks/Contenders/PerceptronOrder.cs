namespace KafkaDatasets.Benchmarks.Contenders;

/// <summary>The order in which a trainer of ML.NET gets the rows of a view.</summary>
internal enum PerceptronOrder
{
    /// <summary>That of the log.</summary>
    Canonical,

    /// <summary>Shuffled by the view itself.</summary>
    Shuffled,

    /// <summary>Drawn from a pool that ML.NET's <c>RowShufflingTransformer</c> fills in the order of the log.</summary>
    Pool,
}
