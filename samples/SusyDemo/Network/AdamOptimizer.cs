using System.Numerics.Tensors;

namespace SusyDemo.Network;

/// <summary>Adam (Kingma, Ba 2015) with the defaults of Keras.</summary>
internal sealed class AdamOptimizer(int parameters, double learningRate)
{
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.999;
    private const float Epsilon = 1e-7f;
    private const int Block = 2048;

    private readonly float[] _mean = new float[parameters];
    private readonly float[] _square = new float[parameters];

    /// <summary>The moving averages of the gradients, which are part of the state of a training.</summary>
    public Span<float> Mean => _mean;

    /// <summary>The moving averages of the squared gradients.</summary>
    public Span<float> Square => _square;

    /// <summary>How many steps have been taken.</summary>
    public int Steps { get; set; }

    /// <summary>Moves the parameters one step against the gradient.</summary>
    public void Step(float[] values, float[] gradient, ParallelOptions parallel)
    {
        Steps++;
        var rate = (float)(learningRate * Math.Sqrt(1 - Math.Pow(Beta2, Steps)) / (1 - Math.Pow(Beta1, Steps)));
        Parallel.For(0, (values.Length + Block - 1) / Block, parallel, block => Step(values, gradient, block * Block, rate));
    }

    private void Step(float[] values, float[] gradient, int start, float rate)
    {
        int length = Math.Min(Block, values.Length - start);
        ReadOnlySpan<float> g = gradient.AsSpan(start, length);
        Span<float> mean = _mean.AsSpan(start, length);
        Span<float> square = _square.AsSpan(start, length);
        Span<float> step = stackalloc float[Block];
        step = step[..length];
        Span<float> value = values.AsSpan(start, length);

        TensorPrimitives.Lerp(g, mean, (float)Beta1, mean);
        TensorPrimitives.Multiply(g, g, step);
        TensorPrimitives.Lerp(step, square, (float)Beta2, square);

        TensorPrimitives.Sqrt(square, step);
        TensorPrimitives.Add(step, Epsilon, step);
        TensorPrimitives.Divide(mean, step, step);
        TensorPrimitives.MultiplyAdd(step, -rate, value, value);
    }
}
