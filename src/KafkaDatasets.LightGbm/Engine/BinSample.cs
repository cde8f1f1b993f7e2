using System.Runtime.InteropServices;

namespace KafkaDatasets.LightGbm.Engine;

/// <summary>
/// Rows from which the bins are computed, feature by feature, without zeros: LightGBM takes what is left out of a sample as zero.
/// They lie in native memory, which is given back as soon as the bins are there.
/// </summary>
internal sealed unsafe class BinSample : IDisposable
{
    /// <summary>LightGBM's kZeroThreshold.</summary>
    private const float Zero = 1e-35f;

    private readonly double** _values;
    private readonly int** _indices;
    private readonly int* _counts;

    /// <summary>Allocates memory for rows.</summary>
    /// <param name="features">The features.</param>
    /// <param name="capacity">The largest number of rows.</param>
    public BinSample(IReadOnlyList<string> features, int capacity)
    {
        Features = features;
        _values = (double**)NativeMemory.AllocZeroed((nuint)features.Count, (nuint)sizeof(double*));
        _indices = (int**)NativeMemory.AllocZeroed((nuint)features.Count, (nuint)sizeof(int*));
        _counts = (int*)NativeMemory.AllocZeroed((nuint)features.Count, sizeof(int));
        for (int i = 0; i < features.Count; i++)
        {
            _values[i] = (double*)NativeMemory.Alloc((nuint)Math.Max(1, capacity), sizeof(double));
            _indices[i] = (int*)NativeMemory.Alloc((nuint)Math.Max(1, capacity), sizeof(int));
        }
    }

    public IReadOnlyList<string> Features { get; }

    public int Rows { get; private set; }

    /// <summary>The values that are not zero, by feature.</summary>
    public double** Values => _values;

    /// <summary>The rows of the values, by feature.</summary>
    public int** Indices => _indices;

    /// <summary>How many values each feature has.</summary>
    public int* Counts => _counts;

    /// <summary>Adds a row; there may be no more than the capacity.</summary>
    public void Add(ReadOnlySpan<float> row)
    {
        for (int i = 0; i < row.Length; i++)
        {
            if (!(Math.Abs(row[i]) <= Zero)) // NaN too
            {
                _values[i][_counts[i]] = row[i];
                _indices[i][_counts[i]] = Rows;
                _counts[i]++;
            }
        }

        Rows++;
    }

    public void Dispose()
    {
        for (int i = 0; i < Features.Count; i++)
        {
            NativeMemory.Free(_values[i]);
            NativeMemory.Free(_indices[i]);
        }

        NativeMemory.Free(_values);
        NativeMemory.Free(_indices);
        NativeMemory.Free(_counts);
    }
}
