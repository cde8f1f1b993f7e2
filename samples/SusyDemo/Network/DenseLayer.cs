using System.Numerics;
using System.Numerics.Tensors;

namespace SusyDemo.Network;

/// <summary>
/// The arithmetic of a dense layer for some rows: outputs = inputs · weights + biases. Weights are [inputs, outputs] with the biases after them.
/// </summary>
/// <param name="Inputs">How many inputs.</param>
/// <param name="Outputs">How many outputs.</param>
/// <param name="Offset">Where the layer's weights begin in the parameters of the network.</param>
internal sealed record DenseLayer(int Inputs, int Outputs, int Offset)
{
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

        for (int row = 0; row < rows; row++)
        {
            biases.CopyTo(outputs.Slice(row * Outputs, Outputs));
        }

        MatrixProduct.Add(inputs, Inputs, 1, layer[..WeightCount], outputs, rows, Outputs, Inputs);
    }

    /// <summary>Adds to the gradient of the parameters, given that of the outputs.</summary>
    /// <param name="weights">The layer's weights.</param>
    /// <param name="transposed">The same, transposed; not used when the gradient of the inputs is not wanted.</param>
    /// <param name="inputs">The inputs of the rows.</param>
    /// <param name="outputGradient">The gradient of the outputs.</param>
    /// <param name="gradient">The gradient of the parameters of the network.</param>
    /// <param name="inputGradient">Set to the gradient of what the inputs were before they were rectified and scaled; empty: not wanted.</param>
    /// <param name="inputScale">What the inputs that are not zero have been multiplied by.</param>
    /// <param name="rows">How many rows.</param>
    public void Backward<T>(
        ReadOnlySpan<T> weights, ReadOnlySpan<T> transposed, ReadOnlySpan<T> inputs, ReadOnlySpan<T> outputGradient, Span<T> gradient, Span<T> inputGradient, T inputScale, int rows)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
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

        MatrixProduct.Add(inputs, 1, Inputs, outputGradient, weightGradient, Inputs, Outputs, rows);
        if (inputGradient.IsEmpty)
        {
            return;
        }

        inputGradient.Clear();
        MatrixProduct.Add(outputGradient, Outputs, 1, transposed, inputGradient, rows, Inputs, Outputs);
        Rectify(inputs, inputGradient, inputScale);
    }

    /// <summary>Scales the gradient of inputs, and clears that of inputs that are zero.</summary>
    private static void Rectify<T>(ReadOnlySpan<T> inputs, Span<T> gradient, T scale)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int i = 0;
        for (; i <= gradient.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            var isZero = Vector.Equals(new Vector<T>(inputs[i..]), Vector<T>.Zero);
            Vector.AndNot(new Vector<T>(gradient[i..]) * scale, isZero).CopyTo(gradient[i..]);
        }

        for (; i < gradient.Length; i++)
        {
            gradient[i] = inputs[i] == T.Zero ? T.Zero : gradient[i] * scale;
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
            if (!inputGradient.IsEmpty)
            {
                TensorPrimitives.Multiply(weights, dy, inputGradient.Slice(row * Inputs, Inputs));
            }
        }

        Rectify(inputs, inputGradient, inputScale);
    }
}
