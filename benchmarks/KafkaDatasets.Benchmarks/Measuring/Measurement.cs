namespace KafkaDatasets.Benchmarks.Measuring;

/// <summary>What one measured process found.</summary>
internal sealed record Measurement
{
    /// <summary>The rows of all measured passes.</summary>
    public required long Rows { get; init; }

    /// <summary>The rows of all passes, those that warm up too.</summary>
    public required long AllRows { get; init; }

    /// <summary>The sum of the first feature over one pass; null where the contender does not see it.</summary>
    public required double? Sum { get; init; }

    public required double Seconds { get; init; }

    /// <summary>Processor time of all the process's threads.</summary>
    public required double ProcessorSeconds { get; init; }

    /// <summary>Bytes allocated on the managed heap per row, in the middle half of a pass, the median of all; null where that half is less than a batch.</summary>
    public required double? SteadyAllocatedBytesPerRow { get; init; }

    /// <summary>The most that was ever resident.</summary>
    public required long PeakResidentBytes { get; init; }

    public double RowsPerSecond => Rows / Seconds;

    public double ProcessorNanosecondsPerRow => ProcessorSeconds * 1e9 / Rows;
}
