namespace SusyDemo.Data.Generation;

/// <summary>SUSY-like events without end or up to a count: kinematics of toy collisions, and the high-level features computed from what the detector sees.</summary>
/// <param name="seed">The seed: the same events, whatever the count.</param>
/// <param name="count">How many.</param>
internal sealed class SusyEventGenerator(int seed, long count) : IEventSource
{
    /// <summary>The share of signal, that of the UCI data set.</summary>
    public const double SignalShare = 0.46;

    private const double LeastPt = 20;
    private const double MaxEta = 2.5;

    public IReadOnlyList<string> Fields => SusyFields.All;

    public bool Synthetic => true;

    public long? Count => count;

    public IEnumerable<SusyRecord> Read()
    {
        for (long row = 0; row < count; row++)
        {
            yield return Draw(SplitMix64.Stream(seed, RandomUse.Events, (ulong)row));
        }
    }

    private static SusyRecord Draw(SplitMix64 random)
    {
        bool signal = random.NextDouble() < SignalShare;
        Collision collision;
        do
        {
            collision = Collision.Draw(signal, ref random);
        }
        while (!IsSelected(collision));

        (FourVector first, FourVector second, double missingX, double missingY) = collision;
        if (second.Pt > first.Pt)
        {
            (first, second) = (second, first);
        }

        double missing = Math.Sqrt((missingX * missingX) + (missingY * missingY));
        double missingPhi = Math.Atan2(missingY, missingX);
        HighLevelFeatures high = HighLevelFeatures.From(first, second, missing, missingPhi);
        ReadOnlySpan<double> values =
        [
            first.Pt, first.Eta, first.Phi, second.Pt, second.Eta, second.Phi, missing, missingPhi,
            high.MissingEnergyRelative, high.AxialMissingEnergy, high.RazorMass, high.RazorTransverseMass, high.RazorRatio,
            high.StransverseMass, high.SuperRazorEnergy, high.SuperRazorMass, high.SuperRazorAzimuth, high.SuperRazorCosine,
        ];
        var record = new SusyRecord { signal = signal ? 1 : 0 };
        for (int i = 0; i < values.Length; i++)
        {
            record[i + 1] = FeatureScale.Apply(i, values[i]);
        }

        return record;
    }

    /// <summary>What triggers and detectors ask of a lepton.</summary>
    private static bool IsSelected(Collision collision) => IsSelected(collision.Lepton1) && IsSelected(collision.Lepton2);

    private static bool IsSelected(FourVector lepton) => lepton.Pt > LeastPt && Math.Abs(lepton.Eta) < MaxEta;
}
