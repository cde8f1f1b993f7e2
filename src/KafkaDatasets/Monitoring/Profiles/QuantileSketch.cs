using KafkaDatasets.Monitoring.Statistics;

namespace KafkaDatasets.Monitoring.Profiles;

/// <summary>
/// A mergeable sketch of a distribution of numbers: exact up to <see cref="ChunkValues"/> values, then a hierarchy of compactors as in KLL (Karnin, Lang and Liberty 2016),
/// whose shares are within <see cref="RankError"/> of the true ones. The same values in the same order give the same sketch.
/// </summary>
/// <remarks>
/// A full chunk is sorted at once and thinned to every sixteenth value, which is what four levels of compactors do one after the other. Which value is kept of each
/// sixteen, or of each two in a compactor, is random, so that errors cancel out.
/// </remarks>
internal sealed class QuantileSketch(ulong seed = 0)
{
    /// <summary>The number of values that are kept as they are.</summary>
    public const int ChunkValues = 4096;

    /// <summary>The error of shares, which is exceeded with a probability of about 1 %.</summary>
    public const double RankError = 0.005;

    private const int FirstLevel = 4;
    private const int Stride = 1 << FirstLevel;

    /// <summary>How many values a level holds before it is compacted.</summary>
    private const int Capacity = 1024;

    /// <summary>Each in ascending order. The items of the first one stand for sixteen values each, those of every further one for twice as many as before.</summary>
    private readonly List<double[]> _levels = [];
    private readonly List<double> _chunk = [];
    private ulong _random = seed;

    /// <summary>The number of values.</summary>
    public long Count { get; private set; }

    /// <summary>The smallest value; positive infinity if there is none.</summary>
    public double Min { get; private set; } = double.PositiveInfinity;

    /// <summary>The greatest value; negative infinity if there is none.</summary>
    public double Max { get; private set; } = double.NegativeInfinity;

    /// <summary>Adds exactly <see cref="ChunkValues"/> finite values in ascending order.</summary>
    public void AddChunk(ReadOnlySpan<float> sorted)
    {
        Extend(sorted[0], sorted[^1], sorted.Length);
        double[] thin = new double[ChunkValues / Stride];
        for (int i = 0, offset = Random(Stride); i < thin.Length; i++)
        {
            thin[i] = sorted[(i * Stride) + offset];
        }

        Insert(0, thin);
    }

    /// <summary>Adds exactly <see cref="ChunkValues"/> finite values in ascending order.</summary>
    public void AddChunk(ReadOnlySpan<double> sorted)
    {
        Extend(sorted[0], sorted[^1], sorted.Length);
        Insert(0, Thin(sorted));
    }

    /// <summary>Adds finite values in any order.</summary>
    public void Add(IEnumerable<double> values)
    {
        foreach (double value in values)
        {
            Extend(value, value, 1);
            Keep(value);
        }
    }

    /// <summary>Adds the values of another sketch, which is not changed.</summary>
    public void Merge(QuantileSketch other)
    {
        Min = Math.Min(Min, other.Min);
        Max = Math.Max(Max, other.Max);
        Count += other.Count;
        for (int i = 0; i < other._levels.Count; i++)
        {
            Insert(i, other._levels[i]);
        }

        foreach (double value in other._chunk.ToArray())
        {
            Keep(value);
        }
    }

    /// <summary>The kept values with their weights, which add up to <see cref="Count"/>.</summary>
    public WeightedSample ToSample()
    {
        double[] values = [.. _chunk, .. _levels.SelectMany(l => l)];
        double[] weights = [.. _chunk.Select(_ => 1.0), .. _levels.SelectMany((l, i) => l.Select(_ => Math.ScaleB(Stride, i)))];
        Array.Sort(values, weights);
        if (values.Length > 0)
        {
            // The extremes are known, and bins over the range begin and end with them.
            (values[0], values[^1]) = (Min, Max);
        }

        return new WeightedSample(values, weights);
    }

    /// <summary>Writes the whole state, which <see cref="Read"/> reads back.</summary>
    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Count);
        writer.Write(Min);
        writer.Write(Max);
        writer.Write(_random);
        double[][] lists = [[.. _chunk], .. _levels];

        // Values of 32-bit columns take half the space.
        bool isSingle = lists.All(l => l.All(v => v == (float)v));
        writer.Write(isSingle);
        writer.Write7BitEncodedInt(lists.Length);
        foreach (double[] list in lists)
        {
            writer.Write7BitEncodedInt(list.Length);
            foreach (double value in list)
            {
                if (isSingle)
                {
                    writer.Write((float)value);
                }
                else
                {
                    writer.Write(value);
                }
            }
        }

        return stream.ToArray();
    }

    /// <exception cref="FormatException">The bytes are not a sketch.</exception>
    public static QuantileSketch Read(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes));
        try
        {
            var sketch = new QuantileSketch { Count = reader.ReadInt64(), Min = reader.ReadDouble(), Max = reader.ReadDouble() };
            sketch._random = reader.ReadUInt64();
            bool isSingle = reader.ReadBoolean();
            int lists = reader.Read7BitEncodedInt();
            long count = 0;
            for (int i = 0; i < lists; i++)
            {
                int length = reader.Read7BitEncodedInt();
                if (length < 0 || length > bytes.Length)
                {
                    throw new FormatException("a list is longer than the sketch");
                }

                double[] list = new double[length];
                for (int k = 0; k < length; k++)
                {
                    list[k] = isSingle ? reader.ReadSingle() : reader.ReadDouble();
                    if (!double.IsFinite(list[k]) || (i > 0 && k > 0 && list[k] < list[k - 1]))
                    {
                        throw new FormatException("its values are not in order");
                    }
                }

                count += i == 0 ? length : length * ((long)Stride << (i - 1));
                if (i == 0)
                {
                    sketch._chunk.AddRange(list);
                }
                else
                {
                    sketch._levels.Add(list);
                }
            }

            return count == sketch.Count ? sketch : throw new FormatException("its weights do not add up");
        }
        catch (Exception e) when (e is EndOfStreamException or IOException)
        {
            throw new FormatException("it is cut short", e);
        }
    }

    private static double[] Merge(double[] first, ReadOnlySpan<double> second)
    {
        double[] both = new double[first.Length + second.Length];
        int i = 0;
        int j = 0;
        for (int k = 0; k < both.Length; k++)
        {
            both[k] = j == second.Length || (i < first.Length && first[i] <= second[j]) ? first[i++] : second[j++];
        }

        return both;
    }

    private void Extend(double min, double max, int count)
    {
        Min = Math.Min(Min, min);
        Max = Math.Max(Max, max);
        Count += count;
    }

    /// <summary>Keeps a value as it is; one more than a chunk makes the chunk a thinned one.</summary>
    private void Keep(double value)
    {
        if (_chunk.Count == ChunkValues)
        {
            double[] sorted = [.. _chunk];
            Array.Sort(sorted);
            _chunk.Clear();
            Insert(0, Thin(sorted));
        }

        _chunk.Add(value);
    }

    private double[] Thin(ReadOnlySpan<double> sorted)
    {
        double[] thin = new double[ChunkValues / Stride];
        for (int i = 0, offset = Random(Stride); i < thin.Length; i++)
        {
            thin[i] = sorted[(i * Stride) + offset];
        }

        return thin;
    }

    /// <summary>Merges sorted values into a level, and compacts it when it is full.</summary>
    private void Insert(int level, ReadOnlySpan<double> sorted)
    {
        while (_levels.Count <= level)
        {
            _levels.Add([]);
        }

        double[] both = Merge(_levels[level], sorted);
        if (both.Length < Capacity)
        {
            _levels[level] = both;
            return;
        }

        double[] kept = new double[both.Length / 2];
        for (int k = 0, offset = Random(2); k < kept.Length; k++)
        {
            kept[k] = both[(2 * k) + offset];
        }

        // Of an odd number the last stays, since each two become one of twice the weight.
        _levels[level] = both.Length % 2 == 0 ? [] : [both[^1]];
        Insert(level + 1, kept);
    }

    /// <summary>The next random number below a power of two (SplitMix64).</summary>
    private int Random(int below)
    {
        _random += 0x9E37_79B9_7F4A_7C15;
        ulong z = _random;
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return (int)((z ^ (z >> 31)) & (ulong)(below - 1));
    }
}
