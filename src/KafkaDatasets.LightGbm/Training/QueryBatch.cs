namespace KafkaDatasets.LightGbm.Training;

/// <summary>The rows of a batch that belong to this rank's queries, in the order of their places.</summary>
internal sealed class QueryBatch(int columns)
{
    private readonly List<(int Place, int Query, int Row)> _rows = [];
    private float[] _features = [];
    private float[] _labels = [];
    private float[] _weights = [];

    public int Count => _rows.Count;

    public ReadOnlySpan<float> Features => _features.AsSpan(0, Count * columns);

    /// <summary>Takes a batch's rows.</summary>
    public void Take(QueryPlan plan, ReadOnlySpan<long> queries, ReadOnlySpan<float> features, ReadOnlySpan<float> labels, ReadOnlySpan<float> weights)
    {
        _rows.Clear();
        for (int row = 0; row < queries.Length; row++)
        {
            if (plan.Place(queries[row]) is var (query, place))
            {
                _rows.Add((place, query, row));
            }
        }

        _rows.Sort();
        Grow(ref _features, Count * columns);
        Grow(ref _labels, Count);
        Grow(ref _weights, weights.IsEmpty ? 0 : Count);
        for (int i = 0; i < Count; i++)
        {
            int row = _rows[i].Row;
            features.Slice(row * columns, columns).CopyTo(_features.AsSpan(i * columns));
            _labels[i] = labels[row];
            if (!weights.IsEmpty)
            {
                _weights[i] = weights[row];
            }
        }
    }

    /// <summary>The rows that lie side by side, one run after the other: where in this batch, how many, and at which place.</summary>
    public IEnumerable<(int From, int Rows, int Place)> Runs()
    {
        int from = 0;
        for (int i = 1; i <= Count; i++)
        {
            if (i == Count || _rows[i].Place != _rows[i - 1].Place + 1)
            {
                yield return (from, i - from, _rows[from].Place);
                from = i;
            }
        }
    }

    public ReadOnlySpan<float> FeaturesOf(int from, int rows) => _features.AsSpan(from * columns, rows * columns);

    public ReadOnlySpan<float> LabelsOf(int from, int rows) => _labels.AsSpan(from, rows);

    public ReadOnlySpan<float> WeightsOf(int from, int rows) => _weights.Length == 0 ? [] : _weights.AsSpan(from, rows);

    /// <summary>Adds the weight of each row to that of its query.</summary>
    public void AddWeights(double[] sums)
    {
        foreach ((int i, (_, int query, _)) in _rows.Index())
        {
            sums[query] += _weights.Length == 0 ? 1 : _weights[i];
        }
    }

    private static void Grow(ref float[] array, int length)
    {
        if (array.Length < length)
        {
            array = GC.AllocateUninitializedArray<float>(Math.Max(length, 2 * array.Length));
        }
    }
}
