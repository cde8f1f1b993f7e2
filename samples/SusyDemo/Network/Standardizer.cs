using System.Numerics.Tensors;

namespace SusyDemo.Network;

/// <summary>Shifts and scales each feature to mean 0 and deviation 1, by the statistics of one pass over the training rows before the first epoch.</summary>
/// <param name="Means">The mean of each feature.</param>
/// <param name="Deviations">The deviation of each feature; 1 where a feature is constant.</param>
internal sealed record Standardizer(float[] Means, float[] Deviations)
{
    /// <summary>Reads the rows once.</summary>
    /// <exception cref="DemoException">There are no rows, or a feature is not a finite number somewhere.</exception>
    public static async Task<Standardizer> FitAsync(IBatchSource source, int batchSize, Action<long>? rowsRead, CancellationToken cancellationToken)
    {
        int features = source.Features.Count;
        var sums = new double[features];
        var squares = new double[features];
        double[]? origin = null;
        long rows = 0;
        await foreach (IRowBatch batch in source.ReadBatchesAsync(batchSize, null, cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                origin ??= ToDouble(batch.Features[..features]);
                Add(batch.Features, origin, sums, squares);
                rows += batch.Rows;
                rowsRead?.Invoke(rows);
            }
        }

        if (origin is null)
        {
            throw new DemoException("There are no rows to train from.");
        }

        var means = new float[features];
        var deviations = new float[features];
        for (int i = 0; i < features; i++)
        {
            double mean = sums[i] / rows;
            double variance = Math.Max(0, (squares[i] / rows) - (mean * mean));
            if (!double.IsFinite(variance))
            {
                throw new DemoException($"The feature '{source.Features[i]}' is not a finite number in every row.");
            }

            means[i] = (float)(origin[i] + mean);
            deviations[i] = variance > 0 ? (float)Math.Sqrt(variance) : 1;
        }

        return new Standardizer(means, deviations);
    }

    /// <summary>Standardises rows.</summary>
    /// <param name="features">[rows, features].</param>
    /// <param name="destination">The same shape.</param>
    public void Apply(ReadOnlySpan<float> features, Span<float> destination)
    {
        for (int start = 0; start < features.Length; start += Means.Length)
        {
            Span<float> row = destination.Slice(start, Means.Length);
            TensorPrimitives.Subtract(features.Slice(start, Means.Length), Means, row);
            TensorPrimitives.Divide(row, Deviations, row);
        }
    }

    /// <summary>Sums around the first row, so that little is lost where the mean is large beside the deviation.</summary>
    private static void Add(ReadOnlySpan<float> rows, double[] origin, double[] sums, double[] squares)
    {
        for (int start = 0; start < rows.Length; start += origin.Length)
        {
            ReadOnlySpan<float> row = rows.Slice(start, origin.Length);
            for (int i = 0; i < row.Length; i++)
            {
                double x = row[i] - origin[i];
                sums[i] += x;
                squares[i] += x * x;
            }
        }
    }

    private static double[] ToDouble(ReadOnlySpan<float> values)
    {
        var result = new double[values.Length];
        TensorPrimitives.ConvertChecked(values, result);
        return result;
    }
}
