namespace KafkaDatasets.Monitoring.Joining;

/// <summary>The event time that a topic has been read to: the least of its partitions' greatest times, without partitions of which nothing more is to come.</summary>
internal sealed class EventClock
{
    private readonly Dictionary<int, long> _times = [];
    private readonly HashSet<int> _open;

    /// <summary>Starts a clock.</summary>
    /// <param name="partitions">The partitions that hold the clock back until records of them come.</param>
    public EventClock(IEnumerable<int> partitions) => _open = [.. partitions];

    /// <summary>The greatest time of all records so far.</summary>
    public long Greatest { get; private set; } = long.MinValue;

    /// <summary>The time; the greatest of all partitions if none holds the clock back, and the end of time when the topic has ended.</summary>
    public long Time { get; private set; } = long.MinValue;

    /// <summary>Notes the time of a record.</summary>
    public void Observe(int partition, long time)
    {
        time = Math.Min(time, long.MaxValue - 1); // a record of the last of all times does not end the topic
        if (!_times.TryGetValue(partition, out long known) || time > known)
        {
            _times[partition] = time;
            Greatest = Math.Max(Greatest, time);
        }
    }

    /// <summary>Sets the partitions that hold the clock back: those with records that have not been read.</summary>
    public void SetOpen(IEnumerable<int> partitions)
    {
        _open.Clear();
        _open.UnionWith(partitions);
    }

    /// <summary>Stops a partition from holding the clock back.</summary>
    public void Close(int partition) => _open.Remove(partition);

    /// <summary>Moves the clock to what was observed; it never goes back.</summary>
    public void Advance()
    {
        long time = Greatest;
        foreach (int partition in _open)
        {
            time = Math.Min(time, _times.GetValueOrDefault(partition, long.MinValue));
        }

        Time = Math.Max(Time, time);
    }

    /// <summary>No more records come.</summary>
    public void End() => Time = long.MaxValue;
}
