using System.Diagnostics;

namespace KafkaDatasets.Benchmarks.Measuring;

/// <summary>The account of one pass over so many rows.</summary>
/// <param name="expected">How many rows there are.</param>
/// <param name="addsUp">Whether the contender is to add up the first feature.</param>
internal sealed class Pass(long expected, bool addsUp)
{
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly long[] _marks = [1, expected / 4, expected - (expected / 4), long.MaxValue];
    private int _nextMark;
    private long _allocatedAtQuarter;
    private long _rowsAtQuarter;

    public bool AddsUp => addsUp;

    public long Rows { get; private set; }

    /// <summary>What the first feature adds up to; null where the contender does not see it.</summary>
    public double? Sum { get; private set; }

    /// <summary>How long the first row took from the start of the pass.</summary>
    public TimeSpan UntilFirst { get; private set; }

    /// <summary>Called at the first row.</summary>
    public Action? OnFirst { get; init; }

    /// <summary>Bytes allocated by the process per row of the middle half of the pass, when everything is warm and pooled; null where that is less than a batch.</summary>
    public double? SteadyAllocatedBytesPerRow { get; private set; }

    /// <summary>Counts rows.</summary>
    public void Add(long rows)
    {
        Rows += rows;
        if (Rows >= _marks[_nextMark])
        {
            PassMark();
        }
    }

    /// <summary>Adds a value of the first feature, or the sum of several.</summary>
    public void AddToSum(double value) => Sum = (Sum ?? 0) + value;

    private void PassMark()
    {
        switch (_nextMark++)
        {
            case 0:
                UntilFirst = Stopwatch.GetElapsedTime(_started);
                OnFirst?.Invoke();
                break;
            case 1:
                _rowsAtQuarter = Rows;
                _allocatedAtQuarter = GC.GetTotalAllocatedBytes(precise: true);
                break;
            default:
                long rows = Rows - _rowsAtQuarter;
                SteadyAllocatedBytesPerRow = rows > 0 ? (double)(GC.GetTotalAllocatedBytes(precise: true) - _allocatedAtQuarter) / rows : null;
                break;
        }
    }
}
