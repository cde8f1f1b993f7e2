namespace KafkaDatasets.Monitoring.Drift;

/// <summary>EDDM: a change is reported when the mean plus two standard deviations of the distances between errors falls below a fraction of its maximum.</summary>
internal sealed class EddmDetector : DriftDetector
{
    public const string DetectorName = "EDDM";

    private const double ChangeShare = 0.9;
    private const double WarningShare = 0.95;
    private const int MinErrors = 30;
    private const int MinValues = 30;

    private long _values = 1;
    private long _errors;
    private long _lastError;
    private double _mean;
    private double _squares; // the sum of squared deviations from the mean
    private double _greatest;
    private bool _warning;
    private bool _changed;

    public override string Name => DetectorName;

    private protected override double MinValue => 0;

    private protected override double MaxValue => 1;

    private protected override IEnumerable<double> Parameters => [];

    private protected override DriftLevel Update(double value)
    {
        if (_changed)
        {
            (_values, _errors, _lastError, _mean, _squares, _greatest, _warning, _changed) = (1, 0, 0, 0, 0, 0, false, false);
        }

        _values++;
        if (value == 1)
        {
            Observe();
        }

        return _changed ? DriftLevel.Change : _warning ? DriftLevel.Warning : DriftLevel.None;
    }

    private void Observe()
    {
        _warning = false;
        _errors++;
        long at = _values - 1;
        long distance = at - _lastError;
        _lastError = at;
        double before = _mean;
        _mean += (distance - _mean) / _errors;
        _squares += (distance - _mean) * (distance - before);
        double level = _mean + (2 * Math.Sqrt(_squares / _errors));
        if (_values < MinValues)
        {
            return;
        }

        if (level > _greatest)
        {
            _greatest = level;
            return;
        }

        double share = level / _greatest;
        _changed = _errors > MinErrors && share < ChangeShare;
        _warning = _errors > MinErrors && share < WarningShare && !_changed;
    }

    private protected override double[] SaveState() => [_values, _errors, _lastError, _mean, _squares, _greatest, _warning ? 1 : 0, _changed ? 1 : 0];

    private protected override void LoadState(ReadOnlySpan<double> state) =>
        (_values, _errors, _lastError, _mean, _squares, _greatest, _warning, _changed) =
            ((long)state[0], (long)state[1], (long)state[2], state[3], state[4], state[5], state[6] != 0, state[7] != 0);
}
