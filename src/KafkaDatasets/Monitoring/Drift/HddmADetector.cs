namespace KafkaDatasets.Monitoring.Drift;

/// <summary>
/// HDDM, A-test: compares the average of all values since the last change with the averages up to two cut points: the least mean + Hoeffding bound, and the greatest mean − bound.
/// </summary>
internal sealed class HddmADetector : DriftDetector
{
    public const string DetectorName = "HDDM_A";

    private readonly double _changeConfidence;
    private readonly double _warningConfidence;
    private readonly bool _twoSided;
    private Average _total;
    private Average _low; // up to the cut point of least mean + bound
    private Average _high; // up to the cut point of greatest mean − bound

    public HddmADetector(double changeConfidence, double warningConfidence, bool twoSided)
    {
        _changeConfidence = Detectors.Probability(changeConfidence, nameof(changeConfidence));
        _warningConfidence = Detectors.Probability(warningConfidence, nameof(warningConfidence));
        _twoSided = twoSided;
    }

    public override string Name => DetectorName;

    private protected override double MinValue => 0;

    private protected override double MaxValue => 1;

    private protected override IEnumerable<double> Parameters => [_changeConfidence, _warningConfidence, _twoSided ? 1 : 0];

    private protected override DriftLevel Update(double value)
    {
        _total = new Average(_total.Count + 1, _total.Sum + value);
        if (_low.Count == 0 || _low.Mean + Bound(_low) >= _total.Mean + Bound(_total))
        {
            _low = _total;
        }

        if (_high.Count == 0 || _high.Mean - Bound(_high) <= _total.Mean - Bound(_total))
        {
            _high = _total;
        }

        DriftLevel level = HasRisen(_changeConfidence) ? DriftLevel.Change : HasRisen(_warningConfidence) ? DriftLevel.Warning : DriftLevel.None;
        if (level == DriftLevel.Change || (_twoSided && HasFallen()))
        {
            (_total, _low, _high) = (default, default, default);
        }

        return level;
    }

    private double Bound(Average average) => Math.Sqrt(1.0 / (2 * average.Count) * Math.Log(1 / _changeConfidence));

    private bool HasRisen(double confidence) => _low.Count != _total.Count && _total.Mean - _low.Mean >= Difference(_low, confidence);

    private bool HasFallen() => _high.Count != _total.Count && _high.Mean - _total.Mean >= Difference(_high, _changeConfidence);

    /// <summary>The largest difference between the mean of all values and the mean of the first values that chance explains at the confidence.</summary>
    private double Difference(Average first, double confidence) =>
        Math.Sqrt((_total.Count - first.Count) / first.Count * (1.0 / _total.Count) / 2 * Math.Log(2 / confidence));

    private protected override double[] SaveState() => [_total.Count, _total.Sum, _low.Count, _low.Sum, _high.Count, _high.Sum];

    private protected override void LoadState(ReadOnlySpan<double> state) =>
        (_total, _low, _high) = (new Average(state[0], state[1]), new Average(state[2], state[3]), new Average(state[4], state[5]));

    private readonly record struct Average(double Count, double Sum)
    {
        public double Mean => Sum / Count;
    }
}
