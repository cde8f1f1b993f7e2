using System.Globalization;
using System.Numerics.Tensors;

namespace SusyDemo.Network;

/// <summary>
/// Trains the network from batches. Each batch is cut into slices whose gradients are computed on all cores and summed in the slices' order:
/// the same rows and the same seed give the same weights, however many cores there are. With several ranks, each takes its part of each batch;
/// sums of gradients are rounded elsewhere then, and nothing else changes.
/// </summary>
internal sealed class NetworkTrainer
{
    private const int MaxSlices = 8;
    private const int LeastSliceRows = 32;
    private const int StepsBetweenStates = 50;
    private const int SumBlock = 4096;

    private readonly NetworkOptions _options;
    private readonly ParallelOptions _parallel;
    private readonly DenseNetwork<float> _network;
    private readonly DenseNetwork<float>.Workspace[] _workspaces;
    private readonly StepSums[] _results = new StepSums[MaxSlices];
    private readonly AdamOptimizer _optimizer;
    private readonly int _sliceRows;
    private readonly float[] _inputs;
    private readonly float[] _labels;
    private readonly ulong[] _dropout;
    private readonly Standardizer _standardizer;
    private readonly List<CurvePoint> _curve = [];

    private NetworkTrainer(int features, Standardizer standardizer, NetworkOptions options, CancellationToken cancellationToken)
    {
        _options = options;
        _standardizer = standardizer;
        _parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Threads, CancellationToken = cancellationToken };
        _network = new DenseNetwork<float>(features, options.Shape, options.Seed);
        int world = options.Ranks?.World ?? 1;
        int rows = (options.BatchSize + world - 1) / world;
        _sliceRows = SliceRows(rows);
        _workspaces = [.. Enumerable.Range(0, SlicesOf(rows)).Select(_ => _network.CreateWorkspace(_sliceRows))];
        _optimizer = new AdamOptimizer(_network.Parameters.Length, options.LearningRate);
        _inputs = new float[options.BatchSize * features];
        _labels = new float[options.BatchSize];
        _dropout = new ulong[options.BatchSize];
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
        RankGroup? ranks = options.Ranks;
        TrainingState? state = ranks is null or { IsFirst: true } ? await StartAsync(source, options, progress, cancellationToken).ConfigureAwait(false) : null;
        if (ranks is not null)
        {
            state = await ShareAsync(ranks, state, options, source, cancellationToken).ConfigureAwait(false);
        }

        var standardizer = new Standardizer(state!.Means, state.Deviations);
        var trainer = new NetworkTrainer(source.Features.Count, standardizer, options, cancellationToken);
        trainer.Restore(state);
        for (int epoch = state.Epoch; epoch <= options.Epochs; epoch++)
        {
            var order = new Epoch(options.Seed, epoch, epoch == state.Epoch ? state.ReadState : null, ranks?.Rank ?? 0, ranks?.World ?? 1);
            await trainer.TrainAsync(source, order, progress, cancellationToken).ConfigureAwait(false);
        }

        if (ranks is null or { IsFirst: true })
        {
            options.State?.Delete();
        }

        return new NetworkModel(source.Features, standardizer, trainer._network, trainer._curve);
    }

    /// <summary>The state of the training that was interrupted, or that of a new one.</summary>
    private static async Task<TrainingState> StartAsync(IBatchSource source, NetworkOptions options, Action<NetworkProgress>? progress, CancellationToken cancellationToken)
    {
        if (options.Resume && options.State?.Load() is { } state)
        {
            return state.DifferenceFrom(options, source) is not { } difference
                ? state
                : throw new DemoException($"The training to go on with, in {options.State.Path}, has {difference}: give the same options as then, or train without --resume.");
        }

        (float[] means, float[] deviations) = await Standardizer.FitAsync(
            source, options.BatchSize, rows => progress?.Invoke(new NetworkProgress(0, rows, 0)), cancellationToken).ConfigureAwait(false);
        return new TrainingState(source.Snapshot, source.Features, options.Shape, options.BatchSize, options.LearningRate, options.Seed, means, deviations, 1, null, 0, []);
    }

    /// <summary>Gives all ranks the state that rank 0 starts from, so that only rank 0 reads for the statistics and needs the file of an interrupted training.</summary>
    private static async Task<TrainingState> ShareAsync(RankGroup ranks, TrainingState? state, NetworkOptions options, IBatchSource source, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        if (state is not null)
        {
            TrainingStateFile.Write(state, bytes);
        }

        using var shared = new MemoryStream(await ranks.ShareAsync(ranks.IsFirst ? bytes.ToArray() : null, cancellationToken).ConfigureAwait(false));
        state ??= TrainingStateFile.Read(shared);
        return state.DifferenceFrom(options, source) is not { } difference
            ? state
            : throw new DemoException($"Rank 0 has {difference}, and rank {ranks.Rank.ToString(CultureInfo.InvariantCulture)} has not: give all ranks the same options.");
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
                SeedDropout(batch);
            }

            StepSums step = await StepAsync(count, cancellationToken).ConfigureAwait(false);
            rows += step.Rows;
            if (!double.IsFinite(step.Loss))
            {
                throw new DemoException($"The network's loss is no longer a number after {rows} rows.");
            }

            _curve.Add(new CurvePoint(rows, step.Loss, (double)step.Right / step.Rows));
            progress?.Invoke(new NetworkProgress(epoch.Number, rows, step.Loss));
            if (_options is { State: { } file, Ranks: null or { IsFirst: true } } && _optimizer.Steps % StepsBetweenStates == 0)
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
        if (state.Steps == 0)
        {
            return;
        }

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

    /// <summary>Each row's dropout in each step is its own, whichever rank and slice it is in.</summary>
    private void SeedDropout(IRowBatch batch)
    {
        ulong step = SplitMix64.Stream(_options.Seed, RandomUse.Dropout, (ulong)_optimizer.Steps).NextUInt64();
        for (int row = 0; row < batch.Rows; row++)
        {
            _dropout[row] = step ^ new SplitMix64(batch.RowId(row)).NextUInt64();
        }
    }

    /// <summary>One step of the optimiser with the rows in <see cref="_inputs"/> and <see cref="_labels"/>, and those of the other ranks.</summary>
    private async Task<StepSums> StepAsync(int rows, CancellationToken cancellationToken)
    {
        float[] gradient = _workspaces[0].Gradient;
        StepSums sums = SumGradients(rows);
        if (_options.Ranks is { } ranks)
        {
            sums = await ranks.SumAsync(gradient, sums, cancellationToken).ConfigureAwait(false);
        }

        if (sums.Rows < _options.BatchSize)
        {
            float scale = (float)_options.BatchSize / sums.Rows;
            TensorPrimitives.Multiply(gradient, scale, gradient);
            sums = sums with { Loss = sums.Loss * scale };
        }

        _optimizer.Step(_network.Parameters, gradient, _parallel);
        return sums;
    }

    /// <summary>Puts the sum of the rows' gradients into the first workspace, as if the batch were a full one.</summary>
    private StepSums SumGradients(int rows)
    {
        int slices = SlicesOf(rows);
        float[] sum = _workspaces[0].Gradient;
        if (slices == 0)
        {
            Array.Clear(sum);
            return default;
        }

        _network.BeginStep();
        Parallel.For(0, slices, _parallel, slice =>
        {
            DenseNetwork<float>.Workspace workspace = _workspaces[slice];
            Array.Clear(workspace.Gradient);
            int start = slice * _sliceRows;
            int length = Math.Min(_sliceRows, rows - start);
            ReadOnlySpan<float> inputs = _inputs.AsSpan(start * _network.Inputs, length * _network.Inputs);
            (double loss, int right) = _network.AddGradient(inputs, _labels.AsSpan(start, length), _options.BatchSize, _dropout.AsSpan(start, length), workspace);
            _results[slice] = new StepSums(loss, right, length);
        });
        Parallel.For(0, (sum.Length + SumBlock - 1) / SumBlock, _parallel, block =>
        {
            int start = block * SumBlock;
            Span<float> part = sum.AsSpan(start, Math.Min(SumBlock, sum.Length - start));
            foreach (DenseNetwork<float>.Workspace other in _workspaces.AsSpan(1, slices - 1))
            {
                TensorPrimitives.Add(part, other.Gradient.AsSpan(start, part.Length), part);
            }
        });

        StepSums sums = default;
        foreach (StepSums result in _results.AsSpan(0, slices))
        {
            sums += result;
        }

        return sums;
    }

    private int SlicesOf(int rows) => (rows + _sliceRows - 1) / _sliceRows;

    /// <summary>The rows of a slice: so many that the products of matrices have no incomplete block.</summary>
    private static int SliceRows(int batchSize)
    {
        int least = batchSize / Math.Clamp(batchSize / LeastSliceRows, 1, MaxSlices);
        return (least + MatrixProduct.BlockRows - 1) / MatrixProduct.BlockRows * MatrixProduct.BlockRows;
    }
}
