using System.Numerics;
using System.Numerics.Tensors;

namespace SusyDemo.Network;

/// <summary>
/// Dense layers of rectified linear units, each with dropout, and one sigmoid unit: the probability that a row is a signal.
/// The loss is the mean binary cross-entropy. In single precision for use, in double precision to check the gradient.
/// </summary>
/// <remarks>All parameters lie in one array: per layer the weights [inputs, outputs], then the biases.</remarks>
internal sealed class DenseNetwork<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly DenseLayer[] _layers;
    private readonly T[] _transposed;

    /// <summary>Makes a network whose weights are drawn from the uniform distribution of Glorot and Bengio (2010), and whose biases are zero.</summary>
    /// <param name="inputs">How many inputs.</param>
    /// <param name="shape">The layers between the inputs and the sigmoid unit.</param>
    /// <param name="seed">The seed of the weights.</param>
    public DenseNetwork(int inputs, IReadOnlyList<LayerShape> shape, int seed)
    {
        Inputs = inputs;
        Shape = shape;
        _layers = new DenseLayer[shape.Count + 1];
        int offset = 0;
        for (int i = 0; i < _layers.Length; i++)
        {
            _layers[i] = new DenseLayer(i == 0 ? inputs : shape[i - 1].Units, i == shape.Count ? 1 : shape[i].Units, offset);
            offset += _layers[i].ParameterCount;
        }

        Parameters = new T[offset];
        _transposed = new T[offset];
        foreach (DenseLayer layer in _layers)
        {
            SplitMix64 random = SplitMix64.Stream(seed, RandomUse.Weights, (ulong)layer.Offset);
            double limit = Math.Sqrt(6.0 / (layer.Inputs + layer.Outputs));
            foreach (ref T weight in Parameters.AsSpan(layer.Offset, layer.WeightCount))
            {
                weight = T.CreateChecked(random.Uniform(-limit, limit));
            }
        }
    }

    public int Inputs { get; }

    public IReadOnlyList<LayerShape> Shape { get; }

    public T[] Parameters { get; }

    /// <summary>Memory for up to <paramref name="rows"/> rows at a time; one caller uses it at a time.</summary>
    public Workspace CreateWorkspace(int rows) => new(this, rows);

    /// <summary>The probabilities of some rows.</summary>
    /// <param name="inputs">[rows, inputs].</param>
    /// <param name="workspace">Memory for them.</param>
    /// <param name="probabilities">[rows].</param>
    public void Score(ReadOnlySpan<T> inputs, Workspace workspace, Span<T> probabilities)
    {
        Forward(inputs, workspace, probabilities.Length, []);
        TensorPrimitives.Sigmoid(workspace.Logits.AsSpan(0, probabilities.Length), probabilities);
    }

    /// <summary>Takes note of the parameters for the next calls of <see cref="AddGradient"/>.</summary>
    public void BeginStep()
    {
        foreach (DenseLayer layer in _layers.AsSpan(1)) // the gradient of the inputs is not wanted
        {
            MatrixProduct.Transpose(Parameters.AsSpan(layer.Offset, layer.WeightCount), _transposed.AsSpan(layer.Offset, layer.WeightCount), layer.Inputs, layer.Outputs);
        }
    }

    /// <summary>Computes the loss of some rows, and adds its gradient to the workspace's. After a change of the parameters, <see cref="BeginStep"/> comes first.</summary>
    /// <param name="inputs">[rows, inputs].</param>
    /// <param name="labels">[rows], 0 or 1.</param>
    /// <param name="batchRows">By how many rows the sum of the losses is divided: those of the whole batch.</param>
    /// <param name="dropout">[rows], a key that decides which units are left out for each row.</param>
    /// <param name="workspace">Memory for the rows.</param>
    /// <returns>The rows' part of the loss of the batch, and how many of them are right.</returns>
    public (double Loss, int Right) AddGradient(ReadOnlySpan<T> inputs, ReadOnlySpan<T> labels, int batchRows, ReadOnlySpan<ulong> dropout, Workspace workspace)
    {
        int rows = labels.Length;
        Forward(inputs, workspace, rows, dropout);
        double loss = 0;
        int right = 0;
        Span<T> logits = workspace.Logits.AsSpan(0, rows);
        Span<T> delta = workspace.Deltas[^1].AsSpan(0, rows);
        TensorPrimitives.Sigmoid(logits, delta);
        for (int row = 0; row < rows; row++)
        {
            double logit = double.CreateChecked(logits[row]);
            double label = double.CreateChecked(labels[row]);
            loss += Math.Max(logit, 0) - (logit * label) + double.LogP1(Math.Exp(-Math.Abs(logit)));
            right += (logit > 0) == (label > 0.5) ? 1 : 0;
            delta[row] = (delta[row] - labels[row]) / T.CreateChecked(batchRows);
        }

        for (int i = _layers.Length - 1; i >= 0; i--)
        {
            DenseLayer layer = _layers[i];
            ReadOnlySpan<T> layerInputs = i == 0 ? inputs : workspace.Activations[i - 1].AsSpan(0, rows * layer.Inputs);
            Span<T> inputGradient = i == 0 ? [] : workspace.Deltas[i - 1].AsSpan(0, rows * layer.Inputs);
            T scale = i == 0 ? T.One : T.CreateChecked(1 / (1 - Shape[i - 1].Dropout));
            layer.Backward(Parameters.AsSpan(layer.Offset, layer.WeightCount), _transposed.AsSpan(layer.Offset, layer.WeightCount), layerInputs, workspace.Deltas[i].AsSpan(0, rows * layer.Outputs), workspace.Gradient, inputGradient, scale, rows);
        }

        return (loss / batchRows, right);
    }

    private void Forward(ReadOnlySpan<T> inputs, Workspace workspace, int rows, ReadOnlySpan<ulong> dropout)
    {
        for (int i = 0; i < Shape.Count; i++)
        {
            Span<T> outputs = workspace.Activations[i].AsSpan(0, rows * Shape[i].Units);
            _layers[i].Forward(Parameters, inputs, outputs, rows);
            if (dropout.IsEmpty || Shape[i].Dropout == 0)
            {
                TensorPrimitives.Max(outputs, T.Zero, outputs);
            }
            else
            {
                for (int row = 0; row < rows; row++)
                {
                    RectifiedUnits.Apply(outputs.Slice(row * Shape[i].Units, Shape[i].Units), Shape[i].Dropout, new SplitMix64(dropout[row] + (ulong)i).NextUInt64());
                }
            }

            inputs = outputs;
        }

        _layers[^1].Forward(Parameters, inputs, workspace.Logits.AsSpan(0, rows), rows);
    }

    /// <summary>What is kept of some rows between the way forward and the way back, and the gradient of the parameters.</summary>
    internal sealed class Workspace
    {
        internal Workspace(DenseNetwork<T> network, int rows)
        {
            Rows = rows;
            Activations = [.. network.Shape.Select(s => new T[rows * s.Units])];
            Logits = new T[rows];
            Deltas = [.. network._layers.Select(l => new T[rows * l.Outputs])];
            Gradient = new T[network.Parameters.Length];
        }

        public int Rows { get; }

        public T[] Gradient { get; }

        internal T[][] Activations { get; }

        internal T[] Logits { get; }

        internal T[][] Deltas { get; }
    }
}
