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
    private const int StepsBetweenStates = 50;

    private readonly NetworkOptions _options;
    private readonly ParallelOptions _parallel;
    private readonly DenseNetwork<float> _network;
    private readonly DenseNetwork<float>.Workspace[] _workspaces;
    private readonly (double Loss, int Right)[] _results = new (double, int)[MaxSlices];
    private readonly AdamOptimizer _optimizer;
    private readonly int _sliceRows;
    private readonly float[] _inputs;
    private readonly float[] _labels;
    private readonly Standardizer _standardizer;
    private readonly List<CurvePoint> _curve = [];

    private NetworkTrainer(int features, Standardizer standardizer, NetworkOptions options, CancellationToken cancellationToken)
    {
        _options = options;
        _standardizer = standardizer;
        _parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Threads, CancellationToken = cancellationToken };
        _network = new DenseNetwork<float>(features, options.Shape, options.Seed);
        _sliceRows = SliceRows(options.BatchSize);
        _workspaces = [.. Enumerable.Range(0, SlicesOf(options.BatchSize)).Select(_ => _network.CreateWorkspace(_sliceRows))];
        _optimizer = new AdamOptimizer(_network.Parameters.Length, options.LearningRate);
        _inputs = new float[options.BatchSize * features];
        _labels = new float[options.BatchSize];
    }

    /// <summary>Reads the rows once for their statistics and once an epoch, each time shuffled anew, and trains; or goes on with a training that was interrupted, with the same result.</summary>
    /// <param name="source">The rows.</param>
    /// <param name="options">How to train.</param>
    /// <param name="progress">Told after each batch.</param>
    /// <param name="cancellationToken">Ends the training.</param>
    /// <exception cref="DemoException">There are no rows, or they are not finite numbers.</exception>
    public static async Task<NetworkModel> TrainAsync(
        IBatchSource source, NetworkOptions options, Action<NetworkProgress>? progress, CancellationToken cancellationToken)
    {
        TrainingState? state = options.Resume ? options.State?.Load() : null;
        if (state?.DifferenceFrom(options, source) is { } difference)
        {
            throw new DemoException($"The training to go on with, in {options.State!.Path}, has {difference}: give the same options as then, or train without --resume.");
        }

        Standardizer standardizer = state is not null
            ? new Standardizer(state.Means, state.Deviations)
            : await Standardizer.FitAsync(
                source, options.BatchSize, rows => progress?.Invoke(new NetworkProgress(0, rows, 0)), cancellationToken).ConfigureAwait(false);
        var trainer = new NetworkTrainer(source.Features.Count, standardizer, options, cancellationToken);
        if (state is not null)
        {
            trainer.Restore(state);
        }

        for (int epoch = state?.Epoch ?? 1; epoch <= options.Epochs; epoch++)
        {
            var order = new Epoch(options.Seed, epoch, epoch == state?.Epoch ? state.ReadState : null);
            await trainer.TrainAsync(source, order, progress, cancellationToken).ConfigureAwait(false);
        }

        options.State?.Delete();
        return new NetworkModel(source.Features, standardizer, trainer._network, trainer._curve);
    }

    private async Task TrainAsync(IBatchSource source, Epoch epoch, Action<NetworkProgress>? progress, CancellationToken cancellationToken)
    {
        long rows = _curve.Count == 0 ? 0 : _curve[^1].Rows;
        await foreach (IRowBatch batch in source.ReadBatchesAsync(_options.BatchSize, epoch, cancellationToken).ConfigureAwait(false))
        {
            int count = batch.Rows;
            using (batch)
            {
                _standardizer.Apply(batch.Features, _inputs);
                batch.Labels.CopyTo(_labels);
            }

            (double loss, int right) = Step(count);
            rows += count;
            if (!double.IsFinite(loss))
            {
                throw new DemoException($"The network's loss is no longer a number after {rows} rows.");
            }

            _curve.Add(new CurvePoint(rows, loss, (double)right / count));
            progress?.Invoke(new NetworkProgress(epoch.Number, rows, loss));
            if (_options.State is { } file && _optimizer.Steps % StepsBetweenStates == 0)
            {
                file.Save(StateAfter(batch.State, epoch.Number, source));
            }
        }
    }

    private TrainingState StateAfter(string readState, int epoch, IBatchSource source) => new(
        source.Snapshot,
        source.Features,
        _options.Shape,
        _options.BatchSize,
        _options.LearningRate,
        _options.Seed,
        _standardizer.Means,
        _standardizer.Deviations,
        epoch,
        readState,
        _optimizer.Steps,
        _curve)
    {
        Numbers = [.. _network.Parameters, .. _optimizer.Mean, .. _optimizer.Square],
    };

    private void Restore(TrainingState state)
    {
        int length = _network.Parameters.Length;
        if (state.Numbers.Length != 3 * length)
        {
            throw new DemoException($"The training to go on with has {state.Numbers.Length} numbers, not {3 * length}: its file is damaged.");
        }

        ReadOnlySpan<float> numbers = state.Numbers;
        numbers[..length].CopyTo(_network.Parameters);
        numbers.Slice(length, length).CopyTo(_optimizer.Mean);
        numbers[(2 * length)..].CopyTo(_optimizer.Square);
        _optimizer.Steps = state.Steps;
        _curve.AddRange(state.Curve);
    }

    /// <summary>One step of the optimiser with the rows in <see cref="_inputs"/> and <see cref="_labels"/>.</summary>
    private (double Loss, int Right) Step(int rows)
    {
        int slices = SlicesOf(rows);
        ulong stream = (ulong)_optimizer.Steps * MaxSlices;
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
