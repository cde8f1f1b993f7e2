using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Monitoring.Profiles;

/// <summary>Collects slots of a column of 32-bit floating-point numbers, for example features.</summary>
/// <param name="index">The index of the column in the block.</param>
/// <param name="first">The first slot.</param>
/// <param name="names">The names of the slots.</param>
internal sealed class SingleCollector(int index, int first, IReadOnlyList<string> names) : ColumnCollector
{
    private readonly NumberSketch[] _sketches = [.. names.Select((_, i) => new NumberSketch((ulong)(first + i)))];
    private readonly float[][] _chunks = [.. names.Select(_ => new float[QuantileSketch.ChunkValues])];
    private readonly float[] _scratch = new float[QuantileSketch.ChunkValues];
    private int _filled;

    public override void Add(RowBlock block)
    {
        var column = (FixedColumn<float>)block.Columns[index];
        for (int row = 0; row < block.Rows;)
        {
            if (_filled == QuantileSketch.ChunkValues)
            {
                Flush();
            }

            int rows = Math.Min(block.Rows - row, QuantileSketch.ChunkValues - _filled);
            Take(column.Values.AsSpan(row * column.Width, rows * column.Width), column.Width, rows);
            _filled += rows;
            row += rows;
        }
    }

    public override IEnumerable<ColumnProfile> Finish()
    {
        Flush();
        return names.Select((name, i) => new ColumnProfile(name, ColumnType.Single, _sketches[i]));
    }

    private void Take(ReadOnlySpan<float> values, int width, int rows)
    {
        if (width == 1)
        {
            values.CopyTo(_chunks[0].AsSpan(_filled));
            return;
        }

        // Few columns at a time, so that what they are copied to stays in the cache.
        ref float from = ref MemoryMarshal.GetReference(values);
        for (int c = 0; c < names.Count; c++)
        {
            float[] to = _chunks[c];
            int slot = first + c;
            for (int row = 0; row < rows; row++)
            {
                to[_filled + row] = Unsafe.Add(ref from, (row * width) + slot);
            }
        }
    }

    private void Flush()
    {
        for (int c = 0; c < names.Count; c++)
        {
            Flush(_sketches[c], _chunks[c].AsSpan(0, _filled));
        }

        _filled = 0;
    }

    private void Flush(NumberSketch sketch, Span<float> values)
    {
        double sum = 0;
        foreach (float value in values)
        {
            sum += value;
        }

        if (!double.IsFinite(sum))
        {
            values = OnlyFinite(sketch, values);
            sum = 0;
            foreach (float value in values)
            {
                sum += value;
            }
        }

        double mean = values.Length == 0 ? 0 : sum / values.Length;
        double deviations = 0;
        foreach (float value in values)
        {
            double deviation = value - mean;
            deviations += deviation * deviation;
        }

        sketch.AddMoments(values.Length, mean, deviations);
        if (values.Length == QuantileSketch.ChunkValues)
        {
            RadixSort.Sort(values, _scratch);
            sketch.Quantiles.AddChunk(values);
        }
        else
        {
            sketch.Quantiles.Add(values.ToArray().Select(v => (double)v));
        }
    }

    private static Span<float> OnlyFinite(NumberSketch sketch, Span<float> values)
    {
        int kept = 0;
        int missing = 0;
        int infinite = 0;
        foreach (float value in values)
        {
            if (float.IsFinite(value))
            {
                values[kept++] = value;
            }
            else if (float.IsNaN(value))
            {
                missing++;
            }
            else
            {
                infinite++;
            }
        }

        sketch.CountMissing(missing);
        sketch.CountInfinite(infinite);
        return values[..kept];
    }
}
