namespace KafkaDatasets.LightGbm.Engine;

/// <summary>Rows from which the bins are computed, feature by feature, without zeros: LightGBM takes what is left out of a sample as zero.</summary>
internal sealed class BinSample(IReadOnlyList<string> features)
{
    /// <summary>LightGBM's kZeroThreshold.</summary>
    private const float Zero = 1e-35f;

    private readonly List<double>[] _values = [.. features.Select(_ => new List<double>())];
    private readonly List<int>[] _indices = [.. features.Select(_ => new List<int>())];
    private readonly double[]?[] _valueArrays = new double[]?[features.Count];

    public IReadOnlyList<string> Features => features;

    public int Rows { get; private set; }

    public void Add(ReadOnlySpan<float> row)
    {
        for (int i = 0; i < row.Length; i++)
        {
            if (!(Math.Abs(row[i]) <= Zero)) // NaN too
            {
                _values[i].Add(row[i]);
                _indices[i].Add(Rows);
            }
        }

        Rows++;
    }

    public double[] Values(int feature) => _valueArrays[feature] ??= [.. _values[feature]];

    public int[] Indices(int feature) => [.. _indices[feature]];
}
