using KafkaDatasets.Monitoring.Drift;

namespace KafkaDatasets;

/// <summary>
/// Finds changes in a stream of numbers, one value at a time: in a model's errors (1: the prediction was wrong, 0: it was right), a loss, a score or a feature.
/// </summary>
/// <remarks>
/// <para>A detector has one caller at a time. After a change it goes on by itself: those of Page–Hinkley and the DDM and HDDM families start anew,
/// ADWIN and KSWIN drop the values from before the change.</para>
/// <para><see cref="ToJson"/> keeps the whole state, so that a detector that is restored by <see cref="Parse"/> gives the same results as one that was never stopped.</para>
/// </remarks>
/// <example>
/// <code>
/// DriftDetector detector = DriftDetector.Adwin();
/// foreach (bool wrong in errors)
/// {
///     if (detector.Add(wrong ? 1 : 0) == DriftLevel.Change)
///     {
///         Console.WriteLine($"The error rate changed at row {detector.Count}.");
///     }
/// }
/// </code>
/// </example>
public abstract class DriftDetector
{
    private protected DriftDetector()
    {
    }

    /// <summary>The detector's name: <c>ADWIN</c>, <c>DDM</c>, <c>EDDM</c>, <c>HDDM_A</c>, <c>HDDM_W</c>, <c>PageHinkley</c> or <c>KSWIN</c>.</summary>
    public abstract string Name { get; }

    /// <summary>How many values were added since the detector was created.</summary>
    public long Count { get; private set; }

    /// <summary>What the last value led to.</summary>
    public DriftLevel Level { get; private set; }

    /// <summary>
    /// ADWIN, adaptive windowing: keeps a window of the latest values, as long as their mean does not change, and drops its older part when two parts of it have different means.
    /// For errors and for any other numbers. It checks after every 32 values. No warning level.
    /// </summary>
    /// <param name="delta">The probability of a false alarm at a check, between 0 and 1. Default 0.002.</param>
    /// <returns>The detector.</returns>
    /// <remarks>Bifet and Gavaldà, "Learning from time-changing data with adaptive windowing", SDM 2007.</remarks>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="delta"/> is not between 0 and 1.</exception>
    public static DriftDetector Adwin(double delta = 0.002) => new AdwinDetector(delta);

    /// <summary>DDM, the drift detection method: for errors (0 or 1); finds a rise of the error rate above its lowest level by a number of standard deviations.</summary>
    /// <param name="minValues">How many values it needs before it reports anything. Default 30.</param>
    /// <param name="warningLevel">Standard deviations for a warning. Default 2.</param>
    /// <param name="changeLevel">Standard deviations for a change. Default 3.</param>
    /// <returns>The detector.</returns>
    /// <remarks>Gama, Medas, Castillo and Rodrigues, "Learning with drift detection", SBIA 2004.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is not positive.</exception>
    public static DriftDetector Ddm(int minValues = 30, double warningLevel = 2, double changeLevel = 3) => new DdmDetector(minValues, warningLevel, changeLevel);

    /// <summary>EDDM, the early drift detection method: for errors (0 or 1); finds that the distance between errors shrinks, which shows gradual drift earlier than DDM.</summary>
    /// <returns>The detector, with the publication's constants: warning below 0.95, change below 0.90, 30 errors at least.</returns>
    /// <remarks>Baena-García and others, "Early drift detection method", Fourth International Workshop on Knowledge Discovery from Data Streams, 2006.</remarks>
    public static DriftDetector Eddm() => new EddmDetector();

    /// <summary>HDDM with the A-test: for errors or for other numbers from 0 to 1; compares averages by Hoeffding's bound, best for abrupt drift.</summary>
    /// <param name="changeConfidence">The error probability for a change. Default 0.001.</param>
    /// <param name="warningConfidence">The error probability for a warning. Default 0.005.</param>
    /// <param name="twoSided">Whether a fall of the mean also makes it start anew (it reports rises only). Default true.</param>
    /// <returns>The detector.</returns>
    /// <remarks>Frías-Blanco and others, "Online and non-parametric drift detection methods based on Hoeffding's bounds", IEEE TKDE 27(3), 2015.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">A confidence is not between 0 and 1.</exception>
    public static DriftDetector HddmA(double changeConfidence = 0.001, double warningConfidence = 0.005, bool twoSided = true) =>
        new HddmADetector(changeConfidence, warningConfidence, twoSided);

    /// <summary>HDDM with the W-test: for errors or for other numbers from 0 to 1; compares exponentially weighted averages by McDiarmid's bound, best for gradual drift.</summary>
    /// <param name="changeConfidence">The error probability for a change. Default 0.001.</param>
    /// <param name="warningConfidence">The error probability for a warning. Default 0.005.</param>
    /// <param name="lambda">The weight of the latest value, between 0 and 1. Default 0.05.</param>
    /// <param name="twoSided">Whether a fall of the mean also makes it start anew (it reports rises only). Default true.</param>
    /// <returns>The detector.</returns>
    /// <remarks>Frías-Blanco and others, "Online and non-parametric drift detection methods based on Hoeffding's bounds", IEEE TKDE 27(3), 2015.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">A confidence or <paramref name="lambda"/> is not between 0 and 1.</exception>
    public static DriftDetector HddmW(double changeConfidence = 0.001, double warningConfidence = 0.005, double lambda = 0.05, bool twoSided = true) =>
        new HddmWDetector(changeConfidence, warningConfidence, lambda, twoSided);

    /// <summary>The Page–Hinkley test: for errors and for any other numbers; finds a rise of the mean by the sum of what values exceed it by. No warning level.</summary>
    /// <param name="minValues">How many values it needs before it reports anything. Default 30.</param>
    /// <param name="delta">How far above the mean a value must be to count, in the values' unit. Default 0.005.</param>
    /// <param name="threshold">The sum that is a change, in the values' unit. Default 50.</param>
    /// <param name="alpha">How much of the sum is kept from value to value, above 0 and at most 1. Default 0.9999.</param>
    /// <returns>The detector.</returns>
    /// <remarks>Page, "Continuous inspection schemes", Biometrika 41, 1954.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is outside its range.</exception>
    public static DriftDetector PageHinkley(int minValues = 30, double delta = 0.005, double threshold = 50, double alpha = 0.9999) =>
        new PageHinkleyDetector(minValues, delta, threshold, alpha);

    /// <summary>
    /// KSWIN, Kolmogorov–Smirnov windowing: for any numbers; compares the distribution of the latest values with a sample of those before them, so that it finds changes that leave the mean as it was.
    /// </summary>
    /// <param name="alpha">The p-value at or below which the two samples differ, between 0 and 1. Default 0.005.</param>
    /// <param name="windowSize">The values of the window. Default 100.</param>
    /// <param name="sampleSize">The latest values, and as many from before them. Default 30.</param>
    /// <param name="seed">The seed of the sample from before: the same values and seed give the same results. Default 0.</param>
    /// <returns>The detector.</returns>
    /// <remarks>Raab, Heusinger and Schleif, "Reactive soft prototype computing for concept drift streams", Neurocomputing 416, 2020. The p-value is the exact one.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is outside its range, or the window is shorter than two samples.</exception>
    public static DriftDetector Kswin(double alpha = 0.005, int windowSize = 100, int sampleSize = 30, int seed = 0) => new KswinDetector(alpha, windowSize, sampleSize, seed);

    /// <summary>Restores a detector from what <see cref="ToJson"/> returned.</summary>
    /// <param name="json">The JSON.</param>
    /// <returns>A detector that goes on where the other one was.</returns>
    /// <exception cref="FormatException">The JSON is not a detector's state; the message says why.</exception>
    public static DriftDetector Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        DetectorState state = DetectorState.Parse(json);
        DriftDetector detector = Detectors.Create(state);
        detector.Count = state.Count;
        detector.Level = state.Level;
        return detector;
    }

    /// <summary>The detector's kind, parameters and state as JSON, for <see cref="Parse"/>.</summary>
    /// <returns>The JSON; its size is bounded by the detector's window, not by the number of values.</returns>
    public string ToJson() => new DetectorState(Name, Count, Level, [.. Parameters], SaveState()).ToJson();

    /// <summary>Adds a value.</summary>
    /// <param name="value">The value: for DDM and EDDM 0 or 1, for HDDM from 0 to 1.</param>
    /// <returns>What it led to, which <see cref="Level"/> holds too.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a finite number, or outside the detector's range; the detector is as before.</exception>
    public DriftLevel Add(double value)
    {
        if (!double.IsFinite(value) || value < MinValue || value > MaxValue)
        {
            throw new ArgumentOutOfRangeException(nameof(value), value, $"{Name} takes {(double.IsFinite(MaxValue) ? "numbers from 0 to 1" : "finite numbers")}.");
        }

        Level = Update(value);
        Count++;
        return Level;
    }

    /// <summary>The least value that it takes.</summary>
    private protected virtual double MinValue => double.NegativeInfinity;

    /// <summary>The greatest value that it takes.</summary>
    private protected virtual double MaxValue => double.PositiveInfinity;

    /// <summary>The parameters of the detector's factory, in their order.</summary>
    private protected abstract IEnumerable<double> Parameters { get; }

    private protected abstract DriftLevel Update(double value);

    private protected abstract double[] SaveState();

    private protected abstract void LoadState(ReadOnlySpan<double> state);

    /// <summary>Loads what <see cref="SaveState"/> returned.</summary>
    internal void Load(ReadOnlySpan<double> state) => LoadState(state);
}
