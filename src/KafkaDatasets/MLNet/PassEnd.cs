namespace KafkaDatasets.MLNet;

/// <summary>How a cursor's pass ended.</summary>
internal enum PassEnd
{
    /// <summary>The end of the range was reached.</summary>
    Reached,

    /// <summary>The cursor was disposed before the end of the range.</summary>
    Left,

    /// <summary>An exception ended the pass.</summary>
    Failed,
}
