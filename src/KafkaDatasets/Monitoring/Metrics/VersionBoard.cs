using KafkaDatasets.Monitoring.Joining;

namespace KafkaDatasets.Monitoring.Metrics;

/// <summary>The figures of one version of the model: in total, by window and by segment, and the points at which its errors changed.</summary>
internal sealed class VersionBoard(string version, Func<MetricsAccumulator> createAccumulator, MonitorWindow window, DriftDetector? detector)
{
    /// <summary>How many windows are kept, the latest ones.</summary>
    private const int MostWindows = 10_000;

    /// <summary>How many segments are told apart; the rows of others are counted together.</summary>
    private const int MostSegments = 100;

    public const string OtherSegments = "(others)";

    private readonly MetricsAccumulator _total = createAccumulator();
    private readonly Dictionary<string, MetricsAccumulator> _segments = new(StringComparer.Ordinal);
    private readonly Queue<MetricsWindow> _windows = new();
    private readonly List<DriftPoint> _drifts = [];
    private readonly RowTimes _times = new();
    private MetricsAccumulator _current = createAccumulator();
    private long _number;
    private long _start = long.MaxValue;
    private long _end = long.MinValue;
    private long? _slot;
    private long? _warned;

    public string Version => version;

    /// <summary>Adds the next row by event time.</summary>
    /// <returns>The window that has ended with the row before, or with this one; null if none has.</returns>
    public MetricsWindow? Add(in JoinedRow row)
    {
        long time = row.Score.Order.Time;
        MetricsWindow? ended = null;
        if (window.Milliseconds is { } length)
        {
            long slot = Math.DivRem(time, length, out long rest) - (rest < 0 ? 1 : 0);
            ended = _slot is { } before && slot != before ? End() : null;
            _slot = slot;
        }

        _start = Math.Min(_start, time);
        _end = Math.Max(_end, time);
        _total.Add(row);
        _current.Add(row);
        if (row.Segment is { } segment)
        {
            Segment(segment).Add(row);
        }

        if (row.Label is { } label && detector is not null)
        {
            _times.Add(time);
            DriftLevel level = detector.Add(_total.ErrorOf(row.Score.Prediction, label.Value));
            if (level == DriftLevel.Change)
            {
                long since = detector.ValuesSinceChange is > 0 and var values ? _times.Before(values) : _warned ?? time;
                _drifts.Add(new DriftPoint(Time(time), _total.Rows, detector.Name) { Since = Time(since) });
            }

            _warned = level == DriftLevel.Warning ? _warned ?? time : null;
        }

        return ended ?? (window.RowCount is { } rows && _current.Rows >= rows ? End() : null);
    }

    /// <summary>Ends the current window; null if it has no rows.</summary>
    public MetricsWindow? End()
    {
        if (_current.Rows + _current.Unmatched == 0)
        {
            return null;
        }

        MetricsWindow ended = Current();
        if (_windows.Count == MostWindows)
        {
            _windows.Dequeue();
        }

        _windows.Enqueue(ended);
        _number++;
        _current = createAccumulator();
        (_start, _end) = (long.MaxValue, long.MinValue);
        return ended;
    }

    public ModelReport ToReport() => new(
        version,
        _total.ToMetrics(),
        _current.Rows + _current.Unmatched == 0 ? [.. _windows] : [.. _windows, Current()],
        [.. _drifts],
        DriftMerge.Merge(_drifts, window),
        _segments.ToDictionary(s => s.Key, s => s.Value.ToMetrics()));

    private static DateTimeOffset Time(Int128 milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds((long)Int128.Clamp(milliseconds, -62_135_596_800_000, 253_402_300_799_999));

    private MetricsWindow Current() => window.Milliseconds is { } length && _slot is { } slot
        ? new MetricsWindow(_number, Time((Int128)slot * length), Time(((Int128)slot + 1) * length), _current.ToMetrics())
        : new MetricsWindow(_number, Time(_start), Time(_end), _current.ToMetrics());

    private MetricsAccumulator Segment(string name)
    {
        if (!_segments.TryGetValue(name, out MetricsAccumulator? segment))
        {
            name = _segments.Count < MostSegments ? name : OtherSegments;
            if (!_segments.TryGetValue(name, out segment))
            {
                segment = createAccumulator();
                _segments.Add(name, segment);
            }
        }

        return segment;
    }
}
