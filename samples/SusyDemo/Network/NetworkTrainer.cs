using System.Numerics.Tensors;

namespace SusyDemo.Network;

/// <summary>
/// Trains the network from batches. Each batch is cut into slices whose gradients are computed on all cores and summed in the slices' order:
/// the same rows and the same seed give the same weights, however many cores there are.
/// </summary>
internal sealed class NetworkTrainer
{
    private const int MaxSlices = 8;
    private const int LeastSliceRows = 32;

    private readonly NetworkOptions _options;
    private readonly ParallelOptions _parallel;
    private readonly DenseNetwork<float> _network;
    private readonly DenseNetwork<float>.Workspace[] _workspaces;
    private readonly (double Loss, int Right)[] _results = new (double, int)[MaxSlices];
    private readonly AdamOptimizer _optimizer;
    private readonly int _sliceRows;
    private readonly float[] _inputs;
    private readonly float[] _labels;
    private int _steps;

    private NetworkTrainer(int features, NetworkOptions options, CancellationToken cancellationToken)
    {
        _options = options;
        _parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Threads, CancellationToken = cancellationToken };
        _network = new DenseNetwork<float>(features, options.Shape, options.Seed);
        _sliceRows = SliceRows(options.BatchSize);
        _workspaces = [.. Enumerable.Range(0, SlicesOf(options.BatchSize)).Select(_ => _network.CreateWorkspace(_sliceRows))];
        _optimizer = new AdamOptimizer(_network.Parameters.Length, options.LearningRate);
        _inputs = new float[options.BatchSize * features];
        _labels = new float[options.BatchSize];
    }

    /// <summary>Reads the rows once for their statistics and once an epoch, and trains.</summary>
    /// <param name="source">The rows.</param>
    /// <param name="options">How to train.</param>
    /// <param name="progress">Told after each batch.</param>
    /// <param name="cancellationToken">Ends the training.</param>
    /// <exception cref="DemoException">There are no rows, or they are not finite numbers.</exception>
    public static async Task<NetworkModel> TrainAsync(
        IBatchSource source, NetworkOptions options, Action<NetworkProgress>? progress, CancellationToken cancellationToken)
    {
        Standardizer standardizer = await Standardizer.FitAsync(
            source, options.BatchSize, rows => progress?.Invoke(new NetworkProgress(0, rows, 0)), cancellationToken).ConfigureAwait(false);
        var trainer = new NetworkTrainer(source.Features.Count, options, cancellationToken);
        var curve = new List<CurvePoint>();
        long rows = 0;
        for (int epoch = 1; epoch <= options.Epochs; epoch++)
        {
            await foreach (IRowBatch batch in source.ReadBatchesAsync(options.BatchSize, cancellationToken).ConfigureAwait(false))
            {
                int count = batch.Rows;
                using (batch)
                {
                    standardizer.Apply(batch.Features, trainer._inputs);
                    batch.Labels.CopyTo(trainer._labels);
                }

                (double loss, int right) = trainer.Step(count);
                rows += count;
                if (!double.IsFinite(loss))
                {
                    throw new DemoException($"The network's loss is no longer a number after {rows} rows.");
                }

                curve.Add(new CurvePoint(rows, loss, (double)right / count));
                progress?.Invoke(new NetworkProgress(epoch, rows, loss));
            }
        }

        return new NetworkModel(source.Features, standardizer, trainer._network, curve);
    }

    /// <summary>One step of the optimiser with the rows in <see cref="_inputs"/> and <see cref="_labels"/>.</summary>
    private (double Loss, int Right) Step(int rows)
    {
        int slices = SlicesOf(rows);
        ulong stream = (ulong)_steps++ * MaxSlices;
        Parallel.For(0, slices, _parallel, slice =>
        {
            DenseNetwork<float>.Workspace workspace = _workspaces[slice];
            Array.Clear(workspace.Gradient);
            int start = slice * _sliceRows;
            int length = Math.Min(_sliceRows, rows - start);
            ReadOnlySpan<float> inputs = _inputs.AsSpan(start * _network.Inputs, length * _network.Inputs);
            SplitMix64 dropout = SplitMix64.Stream(_options.Seed, RandomUse.Dropout, stream + (ulong)slice);
            _results[slice] = _network.AddGradient(inputs, _labels.AsSpan(start, length), rows, dropout, workspace);
        });

        float[] gradient = _workspaces[0].Gradient;
        (double loss, int right) = _results[0];
        for (int slice = 1; slice < slices; slice++)
        {
            TensorPrimitives.Add(gradient, _workspaces[slice].Gradient, gradient);
            loss += _results[slice].Loss;
            right += _results[slice].Right;
        }

        _optimizer.Step(_network.Parameters, gradient);
        return (loss, right);
    }

    private int SlicesOf(int rows) => (rows + _sliceRows - 1) / _sliceRows;

    /// <summary>The rows of a slice: so many that the products of matrices have no incomplete block.</summary>
    private static int SliceRows(int batchSize)
    {
        int least = batchSize / Math.Clamp(batchSize / LeastSliceRows, 1, MaxSlices);
        return (least + MatrixProduct.BlockRows - 1) / MatrixProduct.BlockRows * MatrixProduct.BlockRows;
    }
}
