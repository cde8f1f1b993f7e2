using System.Runtime.InteropServices;

namespace KafkaDatasets.LightGbm.Engine;

/// <summary>
/// Rows from which the bins are computed: a sample of all rows that are added, in which each is as likely as any other (a reservoir), feature by feature.
/// They lie in one block of native memory, which goes back to the system as soon as the bins are there: of many smaller blocks, the C library keeps most.
/// </summary>
internal sealed unsafe class BinSample : IDisposable
{
    /// <summary>LightGBM's kZeroThreshold.</summary>
    private const double Zero = 1e-35f;

    private readonly int _capacity;
    private readonly Random _random;
    private readonly double** _values;
    private readonly int** _indices;
    private readonly int* _counts;
    private readonly void* _rows;

    /// <summary>Allocates memory for rows.</summary>
    /// <param name="features">The features.</param>
    /// <param name="capacity">The largest number of rows that are kept.</param>
    /// <param name="seed">Which rows are kept.</param>
    public BinSample(IReadOnlyList<string> features, int capacity, int seed)
    {
        Features = features;
        _capacity = capacity;
        _random = new Random(seed);
        _values = (double**)NativeMemory.Alloc((nuint)features.Count, (nuint)sizeof(double*));
        _indices = (int**)NativeMemory.Alloc((nuint)features.Count, (nuint)sizeof(int*));
        _counts = (int*)NativeMemory.AllocZeroed((nuint)features.Count, sizeof(int));
        _rows = NativeMemory.Alloc((nuint)features.Count * (nuint)capacity, sizeof(double) + sizeof(int));
        var values = (double*)_rows;
        var indices = (int*)(values + ((long)features.Count * capacity));
        for (int i = 0; i < features.Count; i++)
        {
            _values[i] = values + ((long)i * capacity);
            _indices[i] = indices + ((long)i * capacity);
        }
    }

    public IReadOnlyList<string> Features { get; }

    /// <summary>The number of rows that were added.</summary>
    public long Added { get; private set; }

    /// <summary>The number of rows that are kept.</summary>
    public int Rows => (int)Math.Min(Added, _capacity);

    /// <summary>After <see cref="Complete"/>: the values that are not zero, by feature.</summary>
    public double** Values => _values;

    /// <summary>After <see cref="Complete"/>: the rows of the values, by feature.</summary>
    public int** Indices => _indices;

    /// <summary>After <see cref="Complete"/>: how many values each feature has.</summary>
    public int* Counts => _counts;

    /// <summary>Adds a row.</summary>
    public void Add(ReadOnlySpan<float> row)
    {
        long place = Added < _capacity ? Added : _random.NextInt64(Added + 1);
        Added++;
        if (place < _capacity)
        {
            for (int i = 0; i < row.Length; i++)
            {
                _values[i][place] = row[i];
            }
        }
    }

    /// <summary>Leaves out the zeros: LightGBM takes what a sample does not have as zero. No row can be added afterwards.</summary>
    public void Complete()
    {
        for (int i = 0; i < Features.Count; i++)
        {
            double* values = _values[i];
            int* indices = _indices[i];
            int count = 0;
            for (int row = 0; row < Rows; row++)
            {
                if (!(Math.Abs(values[row]) <= Zero)) // NaN too
                {
                    values[count] = values[row];
                    indices[count++] = row;
                }
            }

            _counts[i] = count;
        }
    }

    public void Dispose()
    {
        NativeMemory.Free(_rows);
        NativeMemory.Free(_values);
        NativeMemory.Free(_indices);
        NativeMemory.Free(_counts);
    }
}
