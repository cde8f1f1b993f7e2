namespace KafkaDatasets.Learning;

/// <summary>Which rows of a batch a trainer is given.</summary>
internal enum RowsNeeded
{
    /// <summary>All that have a label: the trainer may learn from rows with missing features.</summary>
    Labelled,

    /// <summary>Those that have a label and all features: the trainer leaves the others out, and most fail if none is left.</summary>
    Complete,
}
