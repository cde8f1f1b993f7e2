namespace KafkaDatasets.Learning;

/// <summary>The scores of two classes, counted in bins whose width is in proportion to the score, for the area under the ROC curve in bounded memory.</summary>
/// <remarks>A bin is given by the exponent and the first seven bits of the mantissa, for magnitudes from 2⁻²⁴ to 2²⁴; smaller and larger scores share a bin for each sign.</remarks>
internal sealed class ScoreHistogram
{
    private const int MantissaBits = 7;
    private const int Octaves = 24;
    private const int Shift = 23 - MantissaBits;
    private const int Lowest = (127 - Octaves) << MantissaBits;
    private const int PerSign = (2 * Octaves << MantissaBits) + 1;

    private readonly long[] _negative = new long[2 * PerSign];
    private readonly long[] _positive = new long[2 * PerSign];

    public void Add(float score, bool isPositive) => (isPositive ? _positive : _negative)[BinOf(score)]++;

    /// <summary>The probability that a row of the positive class has a higher score than one of the negative class, where equal bins count half; NaN if a class has no row.</summary>
    public double Area()
    {
        double below = 0;
        double pairs = 0;
        double positives = 0;
        for (int i = 0; i < _negative.Length; i++)
        {
            pairs += _positive[i] * (below + (_negative[i] / 2.0));
            below += _negative[i];
            positives += _positive[i];
        }

        return below == 0 || positives == 0 ? double.NaN : pairs / below / positives;
    }

    public void Save(BinaryWriter writer)
    {
        foreach (long[] counts in (long[][])[_negative, _positive])
        {
            for (int i = 0; i < counts.Length;)
            {
                int zeros = counts.AsSpan(i).IndexOfAnyExcept(0L);
                zeros = zeros < 0 ? counts.Length - i : zeros;
                writer.Write7BitEncodedInt(zeros);
                i += zeros;
                if (i < counts.Length)
                {
                    writer.Write7BitEncodedInt64(counts[i++]);
                }
            }
        }
    }

    /// <exception cref="FormatException">The counts are damaged.</exception>
    public void Load(BinaryReader reader)
    {
        foreach (long[] counts in (long[][])[_negative, _positive])
        {
            Array.Clear(counts);
            for (int i = 0; i < counts.Length;)
            {
                int zeros = reader.Read7BitEncodedInt();
                if (zeros < 0 || zeros > counts.Length - i)
                {
                    throw new FormatException("The counts of scores are damaged.");
                }

                i += zeros;
                if (i < counts.Length)
                {
                    counts[i++] = reader.Read7BitEncodedInt64();
                }
            }
        }
    }

    private static int BinOf(float score)
    {
        int bits = BitConverter.SingleToInt32Bits(score);
        int magnitude = Math.Clamp(((bits & int.MaxValue) >> Shift) - Lowest + 1, 0, PerSign - 1);
        return bits < 0 ? PerSign - 1 - magnitude : PerSign + magnitude;
    }
}
