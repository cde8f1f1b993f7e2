using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace KafkaDatasets.Learning;

/// <summary>Checks and views of the rows that learners are given.</summary>
internal static class LearnedRows
{
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    public static void Check(int width, ReadOnlySpan<float> features, int rows, ReadOnlySpan<float> scores)
    {
        if (features.Length != (long)rows * width || scores.Length != rows)
        {
            throw new ArgumentException(FormattableString.Invariant($"{rows} rows of {width} features have {(long)rows * width} values and {rows} scores, but there are {features.Length} values and {scores.Length} scores."), nameof(features));
        }
    }

    /// <summary>The elements of a tensor whose memory is contiguous, as those of a batch.</summary>
    public static ReadOnlySpan<float> Flat(ReadOnlyTensorSpan<float> tensor) =>
        tensor.FlattenedLength == 0 ? [] : MemoryMarshal.CreateReadOnlySpan(in tensor.GetPinnableReference(), (int)tensor.FlattenedLength); // GetSpan refuses more rows than one of a single feature
}
