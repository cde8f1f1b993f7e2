using SusyDemo.Kafka;
using SusyDemo.Network;
using SusyDemo.Reporting;
using SusyDemo.Training;

namespace SusyDemo.Commands;

/// <summary>Trains models from the train topic, saves them, and draws how they learned.</summary>
internal sealed class TrainStep
{
    private readonly DemoOptions _options;
    private readonly TextWriter _output;
    private readonly TrainingResults _results;
    private readonly IReadOnlyList<ILearner> _learners;

    private TrainStep(DemoOptions options, TextWriter output, TrainingResults results, IReadOnlyList<ILearner> learners)
    {
        _options = options;
        _output = output;
        _results = results;
        _learners = learners;
    }

    /// <summary>Makes the output directory, and the learners asked for: of all of them, those that can run here.</summary>
    /// <exception cref="DemoException">The directory cannot be made, or the learner asked for cannot run here.</exception>
    public static async Task<TrainStep> PrepareAsync(DemoOptions options, TextWriter output)
    {
        var results = new TrainingResults(options, output);
        results.Files.Prepare();
        IReadOnlyList<ILearner> learners = Learners.Choose(options.Model, options.Network(results.Files));
        if (!Learners.HasLightGbm && options.Model == Learners.LightGbm)
        {
            throw new DemoException(Learners.LightGbmMissing);
        }

        if (!Learners.HasLightGbm && options.Model == Learners.All)
        {
            await output.WriteLineAsync($"note: {Learners.LightGbm} is left out. {Learners.LightGbmMissing}").ConfigureAwait(false);
            learners = [.. learners.Where(l => l.Name != Learners.LightGbm)];
        }

        return new TrainStep(options, output, results, learners);
    }

    public async Task<IReadOnlyList<ITrainedModel>> RunAsync(KafkaCluster cluster, CancellationToken cancellationToken)
    {
        TrainingState? interrupted = _options.Resume ? _results.Files.NetworkState.Load() : null;
        if (_options.Resume)
        {
            await _output.WriteLineAsync(_results.Files.NetworkState.Describe(interrupted)).ConfigureAwait(false);
        }

        await using KafkaEventData data = await cluster.OpenAsync(_options.TrainTopic, null, cancellationToken, interrupted?.Snapshot).ConfigureAwait(false);
        if (data.Rows == 0)
        {
            throw new DemoException($"The topic {_options.TrainTopic} is empty: there is nothing to train from.");
        }

        IReadOnlyList<ITrainedModel> models = await ProgressDisplay.RunAsync(board => TrainAsync(data, board, cancellationToken)).ConfigureAwait(false);
        await _results.SaveAsync(models, data, "", cancellationToken).ConfigureAwait(false);
        return models;
    }

    /// <summary>Trains from one open dataset, all at the same time; the first failure ends the others.</summary>
    private async Task<IReadOnlyList<ITrainedModel>> TrainAsync(IEventData data, IProgressBoard board, CancellationToken cancellationToken)
    {
        var models = new ITrainedModel[_learners.Count];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = _learners.Count, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, _learners.Count, parallel, async (i, token) =>
        {
            ILearner learner = _learners[i];
            IProgressTask progress = board.Begin($"train {learner.Name}", learner.RowsToRead(data.Rows));
            models[i] = await learner.TrainAsync(data, progress, token).ConfigureAwait(false);
            progress.Finish();
        }).ConfigureAwait(false);
        return models;
    }
}
