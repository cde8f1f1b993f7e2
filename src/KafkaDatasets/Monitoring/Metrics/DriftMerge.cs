namespace KafkaDatasets.Monitoring.Metrics;

/// <summary>
/// Merges the points of one drift: while old rows leave its window, a detector such as ADWIN finds the same change again and again.
/// </summary>
internal static class DriftMerge
{
    /// <summary>
    /// The first point of each drift. A point continues the drift of the point before it if its change began before that point was found, or if both lie within one window of rows.
    /// </summary>
    /// <param name="points">The detector's points, by time.</param>
    /// <param name="window">How rows are grouped for figures over time.</param>
    /// <returns>The points at which drifts were found, each with the latest time at which its change began.</returns>
    public static IReadOnlyList<DriftPoint> Merge(IReadOnlyList<DriftPoint> points, MonitorWindow window)
    {
        var merged = new List<DriftPoint>();
        DriftPoint? before = null;
        foreach (DriftPoint point in points)
        {
            if (before is not null && (point.Since < before.Time || IsWithin(window, before, point)))
            {
                merged[^1] = merged[^1] with { Since = point.Since };
            }
            else
            {
                merged.Add(point);
            }

            before = point;
        }

        return merged;
    }

    private static bool IsWithin(MonitorWindow window, DriftPoint first, DriftPoint second) => window.Milliseconds is { } length
        ? (second.Time - first.Time).TotalMilliseconds < length
        : second.Row - first.Row < window.RowCount;
}
