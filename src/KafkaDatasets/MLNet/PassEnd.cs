namespace KafkaDatasets.MLNet;

/// <summary>How a cursor's pass has ended.</summary>
internal enum PassEnd
{
    /// <summary>The end of the range was reached.</summary>
    Reached,

    /// <summary>The cursor was disposed before.</summary>
    Left,

    /// <summary>It was ended by an exception.</summary>
    Failed,
}
