namespace KafkaDatasets.Benchmarks;

/// <summary>What one measured process found.</summary>
internal sealed record Measurement
{
    /// <summary>The rows of all measured passes.</summary>
    public required long Rows { get; init; }

    /// <summary>The sum of the first feature over one pass, where it was added up.</summary>
    public required double Sum { get; init; }

    public required double Seconds { get; init; }

    /// <summary>Processor time of all the process's threads.</summary>
    public required double ProcessorSeconds { get; init; }

    /// <summary>Bytes allocated on the managed heap.</summary>
    public required long AllocatedBytes { get; init; }

    /// <summary>The most that was ever resident.</summary>
    public required long PeakResidentBytes { get; init; }

    public double RowsPerSecond => Rows / Seconds;

    public double ProcessorNanosecondsPerRow => ProcessorSeconds * 1e9 / Rows;

    public double AllocatedBytesPerRow => (double)AllocatedBytes / Rows;
}
