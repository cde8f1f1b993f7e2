namespace KafkaDatasets.Monitoring.Metrics;

/// <summary>Compares probabilities with how often what they were predicted for was true.</summary>
internal sealed class CalibrationBins
{
    /// <summary>The number of bins.</summary>
    private const int Count = 10;

    private readonly (long Rows, double Probability, long True)[] _bins = new (long, double, long)[Count];

    /// <summary>The expected calibration error; NaN without rows.</summary>
    public double Error => _bins.Sum(b => Math.Abs(b.Probability - b.True)) / _bins.Sum(b => (double)b.Rows);

    public void Add(double probability, bool isTrue)
    {
        ref (long Rows, double Probability, long True) bin = ref _bins[Math.Min(Count - 1, (int)(probability * Count))];
        bin = (bin.Rows + 1, bin.Probability + probability, bin.True + (isTrue ? 1 : 0));
    }

    public IReadOnlyList<CalibrationBin> ToList() =>
        [.. _bins.Select((b, i) => new CalibrationBin((double)i / Count, (double)(i + 1) / Count, b.Rows, b.Rows == 0 ? double.NaN : b.Probability / b.Rows, b.Rows == 0 ? double.NaN : (double)b.True / b.Rows))];
}
