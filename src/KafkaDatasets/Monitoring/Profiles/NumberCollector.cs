using KafkaDatasets.Rows;

namespace KafkaDatasets.Monitoring.Profiles;

/// <summary>Collects slots of a column of numbers of any type.</summary>
/// <param name="index">The index of the column in the block.</param>
/// <param name="type">The type of the column.</param>
/// <param name="names">The names of the slots.</param>
/// <param name="toNumber">The number of a value; NaN if it is missing.</param>
internal sealed class NumberCollector<T>(int index, ColumnType type, IReadOnlyList<string> names, Func<T, double> toNumber) : ColumnCollector
    where T : unmanaged
{
    private readonly NumberSketch[] _sketches = [.. names.Select((_, i) => new NumberSketch((ulong)i))];
    private readonly double[][] _chunks = [.. names.Select(_ => new double[QuantileSketch.ChunkValues])];
    private readonly int[] _filled = new int[names.Count];
    private readonly double[] _scratch = new double[QuantileSketch.ChunkValues];

    public override void Add(RowBlock block)
    {
        var column = (FixedColumn<T>)block.Columns[index];
        ReadOnlySpan<T> values = column.Values.AsSpan(0, block.Rows * column.Width);
        for (int c = 0; c < names.Count; c++)
        {
            for (int i = c; i < values.Length; i += names.Count)
            {
                double value = toNumber(values[i]);
                if (double.IsFinite(value))
                {
                    if (_filled[c] == QuantileSketch.ChunkValues)
                    {
                        Flush(c);
                    }

                    _chunks[c][_filled[c]++] = value;
                }
                else if (double.IsNaN(value))
                {
                    _sketches[c].CountMissing(1);
                }
                else
                {
                    _sketches[c].CountInfinite(1);
                }
            }
        }
    }

    public override IEnumerable<ColumnProfile> Finish()
    {
        for (int c = 0; c < names.Count; c++)
        {
            Flush(c);
        }

        return names.Select((name, i) => new ColumnProfile(name, type, _sketches[i]));
    }

    private void Flush(int c)
    {
        Span<double> values = _chunks[c].AsSpan(0, _filled[c]);
        double mean = values.IsEmpty ? 0 : NumberSketch.MeanOf(values);
        double deviations = 0;
        foreach (double value in values)
        {
            deviations += (value - mean) * (value - mean);
        }

        _sketches[c].AddMoments(values.Length, mean, deviations);
        if (values.Length == QuantileSketch.ChunkValues)
        {
            RadixSort.Sort(values, _scratch);
            _sketches[c].Quantiles.AddChunk(values);
        }
        else
        {
            _sketches[c].Quantiles.Add(values.ToArray());
        }

        _filled[c] = 0;
    }
}
