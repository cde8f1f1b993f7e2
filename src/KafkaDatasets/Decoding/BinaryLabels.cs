using System.Runtime.CompilerServices;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Decoding;

/// <summary>Enforces that a binary label is 0 or 1, or missing where that is allowed, for every plan on both the fast and the step-by-step path.</summary>
/// <param name="labels">The block columns that are binary labels, with their source fields, and whether they are chosen by text.</param>
internal sealed class BinaryLabels((int Column, string Field, bool IsByText, BlockColumn Definition)[] labels)
{
    /// <summary>Checks the row that has just been written.</summary>
    /// <exception cref="MalformedValueException">A label is neither 0 nor 1.</exception>
    public void Check(RowBlock block, ref string? field)
    {
        foreach ((int column, string label, bool isByText, BlockColumn definition) in labels)
        {
            float value = Values(block, column)[block.Rows];
            if (!definition.IsBinaryLabel(value))
            {
                field = label;
                throw new MalformedValueException(float.IsNaN(value) || isByText ? "the binary label is missing, or is neither of its two values" : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"the binary label is {value}, neither 0 nor 1"));
            }
        }
    }

    /// <summary>Returns how many of the rows just written precede the first that the slow path has to look at: one whose label is neither 0 nor 1, nor missing and kept.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int CountGood(RowBlock block, int count)
    {
        foreach ((int column, _, _, BlockColumn definition) in labels)
        {
            ReadOnlySpan<float> values = Values(block, column).AsSpan(block.Rows, count);
            bool all = true;
            foreach (float value in values)
            {
                all &= (value == 0f) | (value == 1f); // branch-free: labels in random order would cause mispredictions
            }

            int bad = all ? -1 : definition.MissingLabels == MissingLabels.Kept ? values.IndexOfAnyExcept(0f, 1f, float.NaN) : values.IndexOfAnyExcept(0f, 1f);
            count = bad < 0 ? count : bad;
        }

        return count;
    }

    private static float[] Values(RowBlock block, int column) => Unsafe.As<FixedColumn<float>>(block.Columns[column]).Values;
}
