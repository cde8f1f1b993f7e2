using KafkaDatasets.Monitoring.Joining;

namespace KafkaDatasets.Monitoring.Metrics;

/// <summary>The figures of all versions.</summary>
/// <param name="createAccumulator">Creates what counts the rows of a version, a window or a segment.</param>
/// <param name="window">How rows are grouped.</param>
/// <param name="createDetector">Creates the detector of a version's errors; null for none.</param>
/// <param name="onWindow">Told of each window that has ended.</param>
internal sealed class MonitorBoard(Func<MetricsAccumulator> createAccumulator, MonitorWindow window, Func<DriftDetector>? createDetector, Action<string, MetricsWindow> onWindow)
{
    private readonly List<VersionBoard> _versions = [];
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);

    /// <summary>The number of a version.</summary>
    public int NumberOf(string version)
    {
        if (!_numbers.TryGetValue(version, out int number))
        {
            number = _versions.Count;
            _numbers.Add(version, number);
            _versions.Add(new VersionBoard(version, createAccumulator, window, createDetector?.Invoke()));
        }

        return number;
    }

    public void Add(JoinedRow row)
    {
        VersionBoard version = _versions[row.Score.Version];
        if (version.Add(row) is { } ended)
        {
            onWindow(version.Version, ended);
        }
    }

    /// <summary>Ends the current windows.</summary>
    public void Complete()
    {
        foreach (VersionBoard version in _versions)
        {
            if (version.End() is { } ended)
            {
                onWindow(version.Version, ended);
            }
        }
    }

    /// <summary>The reports of the versions, by name.</summary>
    public IReadOnlyList<ModelReport> ToReports() => [.. _versions.OrderBy(v => v.Version, StringComparer.Ordinal).Select(v => v.ToReport())];
}
