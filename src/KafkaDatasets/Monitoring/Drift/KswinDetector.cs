using KafkaDatasets.Monitoring.Statistics;
using KafkaDatasets.Ranges;

namespace KafkaDatasets.Monitoring.Drift;

/// <summary>
/// KSWIN: a Kolmogorov–Smirnov test of the latest values against a random sample of the window's older values.
/// The random numbers come from the detector's own generator, so that its state can be saved and results are repeatable.
/// </summary>
internal sealed class KswinDetector : DriftDetector
{
    public const string DetectorName = "KSWIN";

    /// <summary>Smaller distances are never reported as a change, whatever the p-value, as in scikit-multiflow.</summary>
    private const double LeastDistance = 0.1;

    private readonly double _alpha;
    private readonly int _sampleSize;
    private readonly int _seed;
    private readonly double[] _window;
    private readonly double[] _earlier;
    private readonly double[] _latest;
    private int _count;
    private int _next;
    private ulong _random;

    public KswinDetector(double alpha, int windowSize, int sampleSize, int seed)
    {
        _alpha = Detectors.Probability(alpha, nameof(alpha));
        ArgumentOutOfRangeException.ThrowIfLessThan(sampleSize, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(windowSize, 2L * sampleSize);
        _sampleSize = sampleSize;
        _seed = seed;
        _window = new double[windowSize];
        _earlier = new double[sampleSize];
        _latest = new double[sampleSize];
        _random = unchecked((ulong)seed);
    }

    public override string Name => DetectorName;

    internal override long ValuesSinceChange => _sampleSize;

    private protected override IEnumerable<double> Parameters => [_alpha, _window.Length, _sampleSize, _seed];

    private protected override DriftLevel Update(double value)
    {
        _window[_next] = value;
        _next = (_next + 1) % _window.Length;
        _count = Math.Min(_count + 1, _window.Length);
        if (_count < _window.Length || !Differs())
        {
            return DriftLevel.None;
        }

        // Keep only the latest values, which are from the new distribution.
        for (int i = 0; i < _sampleSize; i++)
        {
            _latest[i] = At(_count - _sampleSize + i);
        }

        _latest.CopyTo(_window, 0);
        _count = _sampleSize;
        _next = _sampleSize;
        return DriftLevel.Change;
    }

    private bool Differs()
    {
        int others = _count - _sampleSize;
        for (int i = 0; i < _sampleSize; i++)
        {
            _earlier[i] = At((int)(Draw() % (ulong)others));
            _latest[i] = At(others + i);
        }

        Array.Sort(_earlier);
        Array.Sort(_latest);
        double distance = KolmogorovSmirnov.Statistic(_earlier, _latest);
        return distance > LeastDistance && KolmogorovSmirnov.ExactPValue(distance, _sampleSize, _sampleSize) <= _alpha;
    }

    /// <summary>The value at an age-ordered index: 0 is the oldest.</summary>
    private double At(int index) => _window[(_next - _count + index + _window.Length) % _window.Length];

    private ulong Draw()
    {
        ulong drawn = SplitMix.Mix(_random);
        _random += SplitMix.Step;
        return drawn;
    }

    private protected override double[] SaveState() =>
        [(uint)_random, (uint)(_random >> 32), .. Enumerable.Range(0, _count).Select(At)];

    private protected override void LoadState(ReadOnlySpan<double> state)
    {
        _random = (ulong)state[0] | ((ulong)state[1] << 32);
        state[2..].CopyTo(_window);
        _count = state.Length - 2;
        _next = _count % _window.Length;
    }
}
