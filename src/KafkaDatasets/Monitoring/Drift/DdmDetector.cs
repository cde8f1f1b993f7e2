namespace KafkaDatasets.Monitoring.Drift;

/// <summary>DDM: the error rate p has the standard deviation s = √(p(1 − p)/n); a change is reported when p + s exceeds the minimum of p + s by a number of standard deviations at that minimum.</summary>
internal sealed class DdmDetector : DriftDetector
{
    public const string DetectorName = "DDM";

    private readonly int _minValues;
    private readonly double _warningLevel;
    private readonly double _changeLevel;
    private long _next = 1; // the number of the next value since the last change
    private double _rate = 1;
    private double _leastRate = double.PositiveInfinity;
    private double _leastDeviation = double.PositiveInfinity;
    private bool _changed;

    public DdmDetector(int minValues, double warningLevel, double changeLevel)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(minValues, 1);
        _minValues = minValues;
        _warningLevel = Detectors.Positive(warningLevel, nameof(warningLevel));
        _changeLevel = Detectors.Positive(changeLevel, nameof(changeLevel));
    }

    public override string Name => DetectorName;

    private protected override double MinValue => 0;

    private protected override double MaxValue => 1;

    private protected override IEnumerable<double> Parameters => [_minValues, _warningLevel, _changeLevel];

    private protected override DriftLevel Update(double value)
    {
        if (_changed)
        {
            (_next, _rate, _leastRate, _leastDeviation, _changed) = (1, 1, double.PositiveInfinity, double.PositiveInfinity, false);
        }

        _rate += (value - _rate) / _next;
        double deviation = Math.Sqrt(_rate * (1 - _rate) / _next);
        _next++;
        if (_next < _minValues)
        {
            return DriftLevel.None;
        }

        double level = _rate + deviation;
        if (level <= _leastRate + _leastDeviation)
        {
            _leastRate = _rate;
            _leastDeviation = deviation;
        }

        _changed = level > _leastRate + (_changeLevel * _leastDeviation);
        return _changed ? DriftLevel.Change
            : level > _leastRate + (_warningLevel * _leastDeviation) ? DriftLevel.Warning
            : DriftLevel.None;
    }

    private protected override double[] SaveState() => [_next, _rate, _leastRate, _leastDeviation, _changed ? 1 : 0];

    private protected override void LoadState(ReadOnlySpan<double> state) =>
        (_next, _rate, _leastRate, _leastDeviation, _changed) = ((long)state[0], state[1], state[2], state[3], state[4] != 0);
}
