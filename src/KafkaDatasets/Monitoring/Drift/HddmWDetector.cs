namespace KafkaDatasets.Monitoring.Drift;

/// <summary>HDDM, W-test: compares the exponentially weighted averages before and after the cut point by McDiarmid's bound.</summary>
internal sealed class HddmWDetector : DriftDetector
{
    public const string DetectorName = "HDDM_W";

    private readonly double _changeConfidence;
    private readonly double _warningConfidence;
    private readonly double _lambda;
    private readonly bool _twoSided;
    private Ewma _total;
    private Ewma _beforeRise;
    private Ewma _afterRise;
    private Ewma _beforeFall;
    private Ewma _afterFall;
    private double _riseCut = double.PositiveInfinity;
    private double _fallCut = double.NegativeInfinity;

    public HddmWDetector(double changeConfidence, double warningConfidence, double lambda, bool twoSided)
    {
        _changeConfidence = Detectors.Probability(changeConfidence, nameof(changeConfidence));
        _warningConfidence = Detectors.Probability(warningConfidence, nameof(warningConfidence));
        _lambda = Detectors.Probability(lambda, nameof(lambda));
        _twoSided = twoSided;
    }

    public override string Name => DetectorName;

    private protected override double MinValue => 0;

    private protected override double MaxValue => 1;

    private protected override IEnumerable<double> Parameters => [_changeConfidence, _warningConfidence, _lambda, _twoSided ? 1 : 0];

    private protected override DriftLevel Update(double value)
    {
        _total = _total.With(value, _lambda);
        double bound = Math.Sqrt(_total.Weights * Math.Log(1 / _changeConfidence) / 2);
        if (_total.Mean + bound < _riseCut)
        {
            (_riseCut, _beforeRise, _afterRise) = (_total.Mean + bound, _total, default);
        }
        else
        {
            _afterRise = _afterRise.With(value, _lambda);
        }

        if (IsAbove(_afterRise, _beforeRise, _changeConfidence))
        {
            Restart();
            return DriftLevel.Change;
        }

        DriftLevel level = IsAbove(_afterRise, _beforeRise, _warningConfidence) ? DriftLevel.Warning : DriftLevel.None;
        if (_total.Mean - bound > _fallCut)
        {
            (_fallCut, _beforeFall, _afterFall) = (_total.Mean - bound, _total, default);
        }
        else
        {
            _afterFall = _afterFall.With(value, _lambda);
        }

        if (_twoSided && IsAbove(_beforeFall, _afterFall, _changeConfidence))
        {
            Restart();
            return DriftLevel.None;
        }

        return level;
    }

    private static bool IsAbove(Ewma upper, Ewma lower, double confidence) => upper.Weights > 0 && lower.Weights > 0
        && upper.Mean - lower.Mean > Math.Sqrt((upper.Weights + lower.Weights) * Math.Log(1 / confidence) / 2);

    private void Restart()
    {
        (_total, _beforeRise, _afterRise, _beforeFall, _afterFall) = (default, default, default, default, default);
        (_riseCut, _fallCut) = (double.PositiveInfinity, double.NegativeInfinity);
    }

    private protected override double[] SaveState() =>
    [
        _total.Mean, _total.Weights, _beforeRise.Mean, _beforeRise.Weights, _afterRise.Mean, _afterRise.Weights,
        _beforeFall.Mean, _beforeFall.Weights, _afterFall.Mean, _afterFall.Weights, _riseCut, _fallCut,
    ];

    private protected override void LoadState(ReadOnlySpan<double> state)
    {
        _total = new Ewma(state[0], state[1]);
        _beforeRise = new Ewma(state[2], state[3]);
        _afterRise = new Ewma(state[4], state[5]);
        _beforeFall = new Ewma(state[6], state[7]);
        _afterFall = new Ewma(state[8], state[9]);
        (_riseCut, _fallCut) = (state[10], state[11]);
    }

    /// <summary>An exponentially weighted average.</summary>
    /// <param name="Mean">The average.</param>
    /// <param name="Weights">The sum of the squared weights; 0 before the first value.</param>
    private readonly record struct Ewma(double Mean, double Weights)
    {
        public Ewma With(double value, double lambda)
        {
            double decay = 1 - lambda;
            return Weights == 0 ? new Ewma(value, 1) : new Ewma((lambda * value) + (decay * Mean), (lambda * lambda) + (decay * decay * Weights));
        }
    }
}
