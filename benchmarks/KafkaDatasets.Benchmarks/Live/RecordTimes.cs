using System.Diagnostics;

namespace KafkaDatasets.Benchmarks.Live;

/// <summary>When each record of a topic was seen. Nothing is allocated while they come, so that what is measured is the reader.</summary>
/// <param name="partitions">The number of partitions, each with as many records.</param>
/// <param name="records">The number of records.</param>
internal sealed class RecordTimes(int partitions, int records)
{
    private readonly long[,] _times = new long[partitions, records / partitions];
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public bool IsComplete => Count >= records;

    public void Add(int partition, long offset, long time)
    {
        _times[partition, offset] = time;
        Interlocked.Increment(ref _count);
    }

    /// <summary>The milliseconds from these times to others, of the records that have been seen here.</summary>
    public double[] Until(RecordTimes others)
    {
        var milliseconds = new List<double>();
        for (int partition = 0; partition < partitions; partition++)
        {
            for (int i = 0; i < records / partitions; i++)
            {
                if (_times[partition, i] is > 0 and long time)
                {
                    milliseconds.Add(Math.Max(0, Stopwatch.GetElapsedTime(time, others._times[partition, i]).TotalMilliseconds));
                }
            }
        }

        return [.. milliseconds];
    }
}
