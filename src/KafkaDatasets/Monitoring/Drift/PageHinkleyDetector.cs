namespace KafkaDatasets.Monitoring.Drift;

/// <summary>The Page–Hinkley test, one-sided, with a sum that decays.</summary>
internal sealed class PageHinkleyDetector : DriftDetector
{
    public const string DetectorName = "PageHinkley";

    private readonly int _minValues;
    private readonly double _delta;
    private readonly double _threshold;
    private readonly double _alpha;
    private long _next = 1;
    private double _mean;
    private double _sum;
    private bool _changed;

    public PageHinkleyDetector(int minValues, double delta, double threshold, double alpha)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(minValues, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(delta);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(alpha, 1);
        _minValues = minValues;
        _delta = delta;
        _threshold = Detectors.Positive(threshold, nameof(threshold));
        _alpha = Detectors.Positive(alpha, nameof(alpha));
    }

    public override string Name => DetectorName;

    private protected override IEnumerable<double> Parameters => [_minValues, _delta, _threshold, _alpha];

    private protected override DriftLevel Update(double value)
    {
        if (_changed)
        {
            (_next, _mean, _sum, _changed) = (1, 0, 0, false);
        }

        _mean += (value - _mean) / _next;
        _sum = Math.Max(0, (_alpha * _sum) + (value - _mean - _delta));
        _next++;
        _changed = _next >= _minValues && _sum > _threshold;
        return _changed ? DriftLevel.Change : DriftLevel.None;
    }

    private protected override double[] SaveState() => [_next, _mean, _sum, _changed ? 1 : 0];

    private protected override void LoadState(ReadOnlySpan<double> state) =>
        (_next, _mean, _sum, _changed) = ((long)state[0], state[1], state[2], state[3] != 0);
}
