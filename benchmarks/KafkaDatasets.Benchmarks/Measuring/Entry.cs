using KafkaDatasets.Benchmarks.Contenders;

namespace KafkaDatasets.Benchmarks.Measuring;

/// <summary>A contender in a race, and what it found each time.</summary>
/// <param name="task">What it is to do.</param>
/// <param name="sum">What the first feature must add up to.</param>
internal sealed class Entry(ContenderTask task, double? sum = null)
{
    private readonly List<Measurement> _measurements = [];

    public ContenderTask Task => task;

    public double RowsPerSecond => _measurements.Median(m => m.RowsPerSecond);

    public double ProcessorNanosecondsPerRow => _measurements.Median(m => m.ProcessorNanosecondsPerRow);

    public double? AllocatedBytesPerRow => _measurements.Exists(m => m.SteadyAllocatedBytesPerRow is null) ? null : _measurements.Median(m => m.SteadyAllocatedBytesPerRow!.Value);

    public double PeakMegabytes => _measurements.Median(m => m.PeakResidentBytes) / 1e6;

    /// <summary>The rows of all runs, passes that warm up too.</summary>
    public long AllRows => _measurements.Sum(m => m.AllRows);

    /// <summary>The median time of a pass.</summary>
    public double SecondsPerPass => _measurements.Median(m => m.Seconds * task.Rows / m.Rows);

    /// <summary>Measures it once more.</summary>
    /// <param name="startsProcess">Whether in a process of its own.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<Measurement> MeasureAsync(bool startsProcess, CancellationToken cancellationToken)
    {
        Measurement measurement = startsProcess
            ? await PassMeasurement.StartAsync(task, cancellationToken)
            : await PassMeasurement.RunAsync(task, cancellationToken);
        if (sum is { } expected && measurement.Sum is { } found && Math.Abs(found - expected) > 1e-6 * Math.Max(1, task.Rows))
        {
            throw new InvalidOperationException($"{task.Contender} read other values: they add up to {found}, not {expected}.");
        }

        _measurements.Add(measurement);
        return measurement;
    }
}
