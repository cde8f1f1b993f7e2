namespace KafkaDatasets;

/// <summary>Where a drift detector has found a change.</summary>
public sealed class DriftDetectedEventArgs : EventArgs
{
    internal DriftDetectedEventArgs(string detector, long rows, int partition, long offset)
    {
        Detector = detector;
        Rows = rows;
        Partition = partition;
        Offset = offset;
    }

    /// <summary>The name of the detector.</summary>
    public string Detector { get; }

    /// <summary>The number of rows that had been evaluated.</summary>
    public long Rows { get; }

    /// <summary>The partition of the row at which the change was found.</summary>
    public int Partition { get; }

    /// <summary>The offset of that row.</summary>
    public long Offset { get; }
}
