using System.Numerics;
using System.Numerics.Tensors;

namespace SusyDemo.Network;

/// <summary>
/// The arithmetic of a dense layer for some rows: outputs = inputs · weights + biases. Weights are [inputs, outputs] with the biases after them,
/// so that the inner loops run along a row of weights. Inputs that are zero, as most are behind rectified linear units with dropout, cost nothing.
/// </summary>
/// <param name="Inputs">How many inputs.</param>
/// <param name="Outputs">How many outputs.</param>
/// <param name="Offset">Where the layer's weights begin in the parameters of the network.</param>
internal sealed record DenseLayer(int Inputs, int Outputs, int Offset)
{
    /// <summary>So many rows of outputs stay in the nearest cache while the weights pass by.</summary>
    private const int BlockRows = 16;

    public int WeightCount => Inputs * Outputs;

    public int ParameterCount => WeightCount + Outputs;

    /// <summary>Computes the outputs.</summary>
    public void Forward<T>(ReadOnlySpan<T> parameters, ReadOnlySpan<T> inputs, Span<T> outputs, int rows)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ReadOnlySpan<T> layer = parameters.Slice(Offset, ParameterCount);
        ReadOnlySpan<T> biases = layer[WeightCount..];
        if (Outputs == 1)
        {
            for (int row = 0; row < rows; row++)
            {
                outputs[row] = TensorPrimitives.Dot(inputs.Slice(row * Inputs, Inputs), layer[..Inputs]) + biases[0];
            }

            return;
        }

        for (int start = 0; start < rows; start += BlockRows)
        {
            int end = Math.Min(start + BlockRows, rows);
            for (int row = start; row < end; row++)
            {
                biases.CopyTo(outputs.Slice(row * Outputs, Outputs));
            }

            for (int input = 0; input < Inputs; input++)
            {
                ReadOnlySpan<T> weights = layer.Slice(input * Outputs, Outputs);
                for (int row = start; row < end; row++)
                {
                    T x = inputs[(row * Inputs) + input];
                    if (x != T.Zero)
                    {
                        Span<T> output = outputs.Slice(row * Outputs, Outputs);
                        TensorPrimitives.MultiplyAdd(weights, x, output, output);
                    }
                }
            }
        }
    }

    /// <summary>Adds to the gradient of the parameters, given that of the outputs.</summary>
    /// <param name="parameters">The parameters of the network.</param>
    /// <param name="inputs">The inputs of the rows.</param>
    /// <param name="outputGradient">The gradient of the outputs.</param>
    /// <param name="gradient">The gradient of the parameters of the network.</param>
    /// <param name="inputGradient">Set to the gradient of what the inputs were before they were rectified and scaled; empty: not wanted.</param>
    /// <param name="inputScale">What the inputs that are not zero have been multiplied by.</param>
    /// <param name="rows">How many rows.</param>
    public void Backward<T>(
        ReadOnlySpan<T> parameters, ReadOnlySpan<T> inputs, ReadOnlySpan<T> outputGradient, Span<T> gradient, Span<T> inputGradient, T inputScale, int rows)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ReadOnlySpan<T> weights = parameters.Slice(Offset, WeightCount);
        Span<T> weightGradient = gradient.Slice(Offset, WeightCount);
        Span<T> biasGradient = gradient.Slice(Offset + WeightCount, Outputs);
        for (int row = 0; row < rows; row++)
        {
            TensorPrimitives.Add(biasGradient, outputGradient.Slice(row * Outputs, Outputs), biasGradient);
        }

        if (Outputs == 1)
        {
            BackwardOne(weights, inputs, outputGradient, weightGradient, inputGradient, inputScale, rows);
            return;
        }

        inputGradient.Clear();
        for (int start = 0; start < rows; start += BlockRows)
        {
            int end = Math.Min(start + BlockRows, rows);
            for (int input = 0; input < Inputs; input++)
            {
                ReadOnlySpan<T> w = weights.Slice(input * Outputs, Outputs);
                Span<T> dw = weightGradient.Slice(input * Outputs, Outputs);
                for (int row = start; row < end; row++)
                {
                    T x = inputs[(row * Inputs) + input];
                    if (x == T.Zero)
                    {
                        continue;
                    }

                    ReadOnlySpan<T> dy = outputGradient.Slice(row * Outputs, Outputs);
                    TensorPrimitives.MultiplyAdd(dy, x, dw, dw);
                    if (!inputGradient.IsEmpty)
                    {
                        inputGradient[(row * Inputs) + input] = TensorPrimitives.Dot(w, dy) * inputScale;
                    }
                }
            }
        }
    }

    private void BackwardOne<T>(
        ReadOnlySpan<T> weights, ReadOnlySpan<T> inputs, ReadOnlySpan<T> outputGradient, Span<T> weightGradient, Span<T> inputGradient, T inputScale, int rows)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int row = 0; row < rows; row++)
        {
            T dy = outputGradient[row];
            ReadOnlySpan<T> x = inputs.Slice(row * Inputs, Inputs);
            TensorPrimitives.MultiplyAdd(x, dy, weightGradient, weightGradient);
            if (inputGradient.IsEmpty)
            {
                continue;
            }

            for (int input = 0; input < Inputs; input++)
            {
                inputGradient[(row * Inputs) + input] = x[input] == T.Zero ? T.Zero : weights[input] * dy * inputScale;
            }
        }
    }
}
