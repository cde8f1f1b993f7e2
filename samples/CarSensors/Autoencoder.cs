using System.Numerics.Tensors;

namespace CarSensors;

/// <summary>
/// An autoencoder 18-14-7-7-18: it learns to give back the readings of sound cars through a layer of seven values, so that it gives back others badly. Each layer but the last is a hyperbolic tangent;
/// readings are standardized by the mean and deviation of those that it learned from first.
/// </summary>
internal sealed class Autoencoder
{
    private static readonly int[] Sizes = [18, 14, 7, 7, 18];

    private readonly float[][] _weights;   // [outputs, inputs] with the biases after them
    private readonly float[][] _gradients;
    private readonly float[][] _first;     // the moments of Adam
    private readonly float[][] _second;
    private readonly float[][] _values = [.. Sizes.Select(n => new float[n])];
    private readonly float[][] _errors = [.. Sizes.Select(n => new float[n])];
    private readonly float[] _mean = new float[18];
    private readonly float[] _deviation = new float[18];
    private int _steps;

    public Autoencoder(int seed)
    {
        var random = new Random(seed);
        _weights = [.. Enumerable.Range(0, Sizes.Length - 1).Select(l =>
        {
            var weights = new float[(Sizes[l] + 1) * Sizes[l + 1]];
            float scale = MathF.Sqrt(6f / (Sizes[l] + Sizes[l + 1]));
            for (int i = 0; i < Sizes[l] * Sizes[l + 1]; i++)
            {
                weights[i] = scale * ((2 * random.NextSingle()) - 1);
            }

            return weights;
        })];
        _gradients = [.. _weights.Select(w => new float[w.Length])];
        _first = [.. _weights.Select(w => new float[w.Length])];
        _second = [.. _weights.Select(w => new float[w.Length])];
    }

    /// <summary>Takes the mean and deviation of each sensor from rows.</summary>
    /// <param name="rows">The rows, each of 18 values.</param>
    public void Standardize(IReadOnlyCollection<float[]> rows)
    {
        for (int i = 0; i < 18; i++)
        {
            _mean[i] = rows.Average(r => r[i]);
            _deviation[i] = Math.Max(1e-6f, MathF.Sqrt(rows.Average(r => (r[i] - _mean[i]) * (r[i] - _mean[i]))));
        }
    }

    /// <summary>Makes one step of Adam on rows of sound cars.</summary>
    /// <param name="rows">The rows, each of 18 values.</param>
    /// <returns>The mean error of a row before the step.</returns>
    public double Learn(IReadOnlyCollection<float[]> rows)
    {
        const float Rate = 0.003f, Decay1 = 0.9f, Decay2 = 0.999f;
        double loss = 0;
        foreach (float[] gradient in _gradients)
        {
            Array.Clear(gradient);
        }

        foreach (float[] row in rows)
        {
            loss += Score(row);
            Backward(rows.Count);
        }

        _steps++;
        float rate = Rate * MathF.Sqrt(1 - MathF.Pow(Decay2, _steps)) / (1 - MathF.Pow(Decay1, _steps));
        for (int l = 0; l < _weights.Length; l++)
        {
            (float[] w, float[] g, float[] m, float[] v) = (_weights[l], _gradients[l], _first[l], _second[l]);
            for (int i = 0; i < w.Length; i++)
            {
                m[i] = (Decay1 * m[i]) + ((1 - Decay1) * g[i]);
                v[i] = (Decay2 * v[i]) + ((1 - Decay2) * g[i] * g[i]);
                w[i] -= rate * m[i] / (MathF.Sqrt(v[i]) + 1e-7f);
            }
        }

        return loss / rows.Count;
    }

    /// <summary>Returns how badly a reading is given back: the mean squared error of its standardized values.</summary>
    /// <param name="row">The 18 values.</param>
    public float Score(ReadOnlySpan<float> row)
    {
        float[] input = _values[0];
        TensorPrimitives.Subtract(row, _mean, input);
        TensorPrimitives.Divide(input, _deviation, input);
        for (int l = 0; l < _weights.Length; l++)
        {
            (float[] from, float[] to) = (_values[l], _values[l + 1]);
            for (int o = 0; o < to.Length; o++)
            {
                to[o] = TensorPrimitives.Dot(_weights[l].AsSpan(o * from.Length, from.Length), from) + _weights[l][(from.Length * to.Length) + o];
            }

            if (l < _weights.Length - 1)
            {
                TensorPrimitives.Tanh(to, to);
            }
        }

        float distance = TensorPrimitives.Distance(_values[^1], input);
        return distance * distance / input.Length;
    }

    private void Backward(int rows)
    {
        TensorPrimitives.Subtract(_values[^1], _values[0], _errors[^1]);
        TensorPrimitives.Multiply(_errors[^1], 2f / (Sizes[^1] * rows), _errors[^1]);
        for (int l = _weights.Length - 1; l >= 0; l--)
        {
            (float[] from, float[] error, float[] below) = (_values[l], _errors[l + 1], _errors[l]);
            Array.Clear(below);
            for (int o = 0; o < error.Length; o++)
            {
                Span<float> gradient = _gradients[l].AsSpan(o * from.Length, from.Length);
                TensorPrimitives.MultiplyAdd(from, error[o], gradient, gradient);
                _gradients[l][(from.Length * error.Length) + o] += error[o];
                TensorPrimitives.MultiplyAdd(_weights[l].AsSpan(o * from.Length, from.Length), error[o], below, below);
            }

            for (int i = 0; l > 0 && i < below.Length; i++)
            {
                below[i] *= 1 - (from[i] * from[i]);   // the derivative of the hyperbolic tangent
            }
        }
    }
}
