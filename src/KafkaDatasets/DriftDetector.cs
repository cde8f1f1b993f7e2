using KafkaDatasets.Monitoring.Drift;

namespace KafkaDatasets;

/// <summary>
/// Detects changes (concept drift) in a stream of numbers, one value at a time: a model's errors (1 for a wrong prediction, 0 for a correct one), a loss, a score or a feature.
/// </summary>
/// <remarks>
/// <para>A detector is not thread-safe. After a change it continues by itself: Page–Hinkley and the DDM and HDDM families reset their state,
/// ADWIN and KSWIN drop the values from before the change.</para>
/// <para><see cref="ToJson"/> saves the complete state: a detector restored by <see cref="Parse"/> gives the same results as one that was never stopped.</para>
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

    /// <summary>The number of values added since the detector was created.</summary>
    public long Count { get; private set; }

    /// <summary>The level after the last value.</summary>
    public DriftLevel Level { get; private set; }

    /// <summary>
    /// Creates an ADWIN detector (adaptive windowing), which keeps a window of the latest values and drops the window's older part when the means of the two parts differ.
    /// Suitable for errors and any other numbers. It checks after every 32 values and has no warning level.
    /// </summary>
    /// <param name="delta">The confidence parameter: the probability of a false alarm at a check, between 0 and 1. Default 0.002.</param>
    /// <returns>The detector.</returns>
    /// <remarks>Bifet and Gavaldà, "Learning from time-changing data with adaptive windowing", SDM 2007.</remarks>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="delta"/> is not between 0 and 1.</exception>
    public static DriftDetector Adwin(double delta = 0.002) => new AdwinDetector(delta);

    /// <summary>Creates a DDM detector (drift detection method) for errors (0 or 1), which detects that the error rate rises above its minimum by a number of standard deviations.</summary>
    /// <param name="minValues">How many values it needs before it reports anything. Default 30.</param>
    /// <param name="warningLevel">Standard deviations for a warning. Default 2.</param>
    /// <param name="changeLevel">Standard deviations for a change. Default 3.</param>
    /// <returns>The detector.</returns>
    /// <remarks>Gama, Medas, Castillo and Rodrigues, "Learning with drift detection", SBIA 2004.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is not positive.</exception>
    public static DriftDetector Ddm(int minValues = 30, double warningLevel = 2, double changeLevel = 3) => new DdmDetector(minValues, warningLevel, changeLevel);

    /// <summary>Creates an EDDM detector (early drift detection method) for errors (0 or 1), which detects that the distance between errors shrinks, and so finds gradual drift earlier than DDM.</summary>
    /// <returns>The detector, with the constants of the paper: warning below 0.95, change below 0.90, at least 30 errors.</returns>
    /// <remarks>Baena-García and others, "Early drift detection method", Fourth International Workshop on Knowledge Discovery from Data Streams, 2006.</remarks>
    public static DriftDetector Eddm() => new EddmDetector();

    /// <summary>Creates an HDDM detector with the A-test for errors or other numbers from 0 to 1, which compares averages by Hoeffding's bound; best for abrupt drift.</summary>
    /// <param name="changeConfidence">The error probability for a change. Default 0.001.</param>
    /// <param name="warningConfidence">The error probability for a warning. Default 0.005.</param>
    /// <param name="twoSided">Whether a fall of the mean also resets the detector; it is not reported, since only rises are. Default true.</param>
    /// <returns>The detector.</returns>
    /// <remarks>Frías-Blanco and others, "Online and non-parametric drift detection methods based on Hoeffding's bounds", IEEE TKDE 27(3), 2015.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">A confidence is not between 0 and 1.</exception>
    public static DriftDetector HddmA(double changeConfidence = 0.001, double warningConfidence = 0.005, bool twoSided = true) =>
        new HddmADetector(changeConfidence, warningConfidence, twoSided);

    /// <summary>Creates an HDDM detector with the W-test for errors or other numbers from 0 to 1, which compares exponentially weighted averages by McDiarmid's bound; best for gradual drift.</summary>
    /// <param name="changeConfidence">The error probability for a change. Default 0.001.</param>
    /// <param name="warningConfidence">The error probability for a warning. Default 0.005.</param>
    /// <param name="lambda">The weight of the latest value, between 0 and 1. Default 0.05.</param>
    /// <param name="twoSided">Whether a fall of the mean also resets the detector; it is not reported, since only rises are. Default true.</param>
    /// <returns>The detector.</returns>
    /// <remarks>Frías-Blanco and others, "Online and non-parametric drift detection methods based on Hoeffding's bounds", IEEE TKDE 27(3), 2015.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">A confidence or <paramref name="lambda"/> is not between 0 and 1.</exception>
    public static DriftDetector HddmW(double changeConfidence = 0.001, double warningConfidence = 0.005, double lambda = 0.05, bool twoSided = true) =>
        new HddmWDetector(changeConfidence, warningConfidence, lambda, twoSided);

    /// <summary>Creates a Page–Hinkley detector for errors and any other numbers, which detects a rise of the mean by the cumulative sum of the deviations from it; it has no warning level.</summary>
    /// <param name="minValues">How many values it needs before it reports anything. Default 30.</param>
    /// <param name="delta">How far above the mean a value must be to count, in the values' unit. Default 0.005.</param>
    /// <param name="threshold">The sum above which a change is reported, in the values' unit. Default 50.</param>
    /// <param name="alpha">The factor by which the sum decays with each value, greater than 0 and at most 1. Default 0.9999.</param>
    /// <returns>The detector.</returns>
    /// <remarks>Page, "Continuous inspection schemes", Biometrika 41, 1954.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is outside its range.</exception>
    public static DriftDetector PageHinkley(int minValues = 30, double delta = 0.005, double threshold = 50, double alpha = 0.9999) =>
        new PageHinkleyDetector(minValues, delta, threshold, alpha);

    /// <summary>
    /// Creates a KSWIN detector (Kolmogorov–Smirnov windowing) for any numbers, which compares the distribution of the latest values with a sample of earlier ones, and so also detects changes that do not affect the mean; it has no warning level.
    /// </summary>
    /// <param name="alpha">The p-value at or below which the two samples are considered different, between 0 and 1. Default 0.005.</param>
    /// <param name="windowSize">The number of values in the window. Default 100.</param>
    /// <param name="sampleSize">The number of latest values, which is also the size of the sample of earlier values. Default 30.</param>
    /// <param name="seed">The seed for drawing the sample of earlier values: the same values and seed give the same results. Default 0.</param>
    /// <returns>The detector.</returns>
    /// <remarks>Raab, Heusinger and Schleif, "Reactive soft prototype computing for concept drift streams", Neurocomputing 416, 2020. The p-value is exact, not asymptotic.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is outside its range, or the window is shorter than two samples.</exception>
    public static DriftDetector Kswin(double alpha = 0.005, int windowSize = 100, int sampleSize = 30, int seed = 0) => new KswinDetector(alpha, windowSize, sampleSize, seed);

    /// <summary>Restores a detector from the JSON that <see cref="ToJson"/> returned.</summary>
    /// <param name="json">The JSON.</param>
    /// <returns>A detector that continues from the saved state.</returns>
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

    /// <summary>Writes the detector's kind, parameters and state as JSON, which <see cref="Parse"/> reads back.</summary>
    /// <returns>The JSON; its size is bounded by the detector's window, not by the number of values.</returns>
    public string ToJson() => new DetectorState(Name, Count, Level, [.. Parameters], SaveState()).ToJson();

    /// <summary>Adds a value.</summary>
    /// <param name="value">The value: for DDM and EDDM 0 or 1, for HDDM from 0 to 1.</param>
    /// <returns>The level after the value, which is also in <see cref="Level"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a finite number or is outside the detector's range; the detector is unchanged.</exception>
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

    /// <summary>Whether the detector accepts any finite number, and not only errors from 0 to 1.</summary>
    internal bool AcceptsAnyNumber => double.IsInfinity(MaxValue);

    /// <summary>Says that the detector does not accept numbers, and which do.</summary>
    /// <param name="number">What is a number, as a clause.</param>
    internal string RefusalOf(string number) => $"{Name}, which accepts only right and wrong classes, and {number}: choose ADWIN, Page–Hinkley or KSWIN";

    /// <summary>The smallest value that the detector accepts.</summary>
    private protected virtual double MinValue => double.NegativeInfinity;

    /// <summary>The largest value that the detector accepts.</summary>
    private protected virtual double MaxValue => double.PositiveInfinity;

    /// <summary>After a change: how many of the latest values the detector takes for those after it, which says where it began; 0 if it does not tell.</summary>
    internal virtual long ValuesSinceChange => 0;

    /// <summary>The parameters of the detector's factory, in their order.</summary>
    private protected abstract IEnumerable<double> Parameters { get; }

    private protected abstract DriftLevel Update(double value);

    private protected abstract double[] SaveState();

    private protected abstract void LoadState(ReadOnlySpan<double> state);

    /// <summary>Loads what <see cref="SaveState"/> returned.</summary>
    internal void Load(ReadOnlySpan<double> state) => LoadState(state);
}
