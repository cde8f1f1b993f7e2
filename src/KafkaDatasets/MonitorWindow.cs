namespace KafkaDatasets;

/// <summary>How a monitor groups rows for figures over time: each version's rows, in the order of their event times.</summary>
public sealed class MonitorWindow
{
    private MonitorWindow(long? rows, TimeSpan? duration)
    {
        RowCount = rows;
        Milliseconds = duration is { } time ? (long)time.TotalMilliseconds : null;
    }

    internal long? RowCount { get; }

    internal long? Milliseconds { get; }

    /// <summary>Groups a number of consecutive rows that have labels.</summary>
    /// <param name="count">The number of rows.</param>
    /// <returns>The window.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The number is less than 1.</exception>
    public static MonitorWindow Rows(long count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return new MonitorWindow(count, null);
    }

    /// <summary>Groups the rows of consecutive intervals of time, which begin at multiples of the duration since 1970-01-01 UTC.</summary>
    /// <param name="duration">The length of an interval, at least a millisecond.</param>
    /// <returns>The window.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The duration is less than a millisecond.</exception>
    public static MonitorWindow Time(TimeSpan duration)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(duration, TimeSpan.FromMilliseconds(1));
        return new MonitorWindow(null, duration);
    }

    /// <inheritdoc/>
    public override string ToString() => RowCount is { } rows ? FormattableString.Invariant($"Rows({rows})") : $"Time({TimeSpan.FromMilliseconds(Milliseconds!.Value):c})";
}
