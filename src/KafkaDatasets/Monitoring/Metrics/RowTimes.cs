namespace KafkaDatasets.Monitoring.Metrics;

/// <summary>The event times of the latest rows, of every 32nd row, so that it is known when a row was that lies some rows back.</summary>
internal sealed class RowTimes
{
    private const int Step = 32;

    /// <summary>About a million rows.</summary>
    private const int Most = 32_768;

    private readonly Queue<long> _times = new();
    private long _rows;

    /// <summary>Adds the next row.</summary>
    public void Add(long time)
    {
        if (_rows % Step == 0)
        {
            if (_times.Count == Most)
            {
                _times.Dequeue();
            }

            _times.Enqueue(time);
        }

        _rows++;
    }

    /// <summary>The time of the first of the latest rows, or of one that is at most 31 rows older; of the oldest known row if there are more.</summary>
    public long Before(long rows)
    {
        long index = Math.Max(0, _rows - rows) / Step;
        long first = ((_rows + Step - 1) / Step) - _times.Count;
        return _times.ElementAt((int)Math.Clamp(index - first, 0, _times.Count - 1));
    }
}
