namespace KafkaDatasets.Rows;

/// <summary>What becomes of records whose binary label is missing. A label that is neither of the two values makes a record bad in any case.</summary>
internal enum MissingLabels
{
    /// <summary>They are bad records.</summary>
    Bad,

    /// <summary>They are rows with the label NaN.</summary>
    Kept,

    /// <summary>They are no rows.</summary>
    LeftOut,
}
