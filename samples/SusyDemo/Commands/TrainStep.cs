using System.Globalization;
using KafkaDatasets;
using SusyDemo.Kafka;
using SusyDemo.Network;
using SusyDemo.Plots;
using SusyDemo.Reporting;
using SusyDemo.Training;

namespace SusyDemo.Commands;

/// <summary>Trains models from the train topic, saves them, and draws how they learned.</summary>
internal sealed class TrainStep
{
    private readonly DemoOptions _options;
    private readonly TextWriter _output;
    private readonly ModelFiles _files;
    private readonly IReadOnlyList<ILearner> _learners;

    private TrainStep(DemoOptions options, TextWriter output, ModelFiles files, IReadOnlyList<ILearner> learners)
    {
        _options = options;
        _output = output;
        _files = files;
        _learners = learners;
    }

    /// <summary>Makes the output directory, and the learners asked for: of all of them, those that can run here.</summary>
    /// <exception cref="DemoException">The directory cannot be made, or the learner asked for cannot run here.</exception>
    public static async Task<TrainStep> PrepareAsync(DemoOptions options, TextWriter output)
    {
        var files = new ModelFiles(options.Output);
        files.Prepare();
        IReadOnlyList<ILearner> learners = Learners.Choose(options.Model, options.Network(files));
        if (!Learners.HasLightGbm && options.Model == Learners.LightGbm)
        {
            throw new DemoException(Learners.LightGbmMissing);
        }

        if (!Learners.HasLightGbm && options.Model == Learners.All)
        {
            await output.WriteLineAsync($"note: {Learners.LightGbm} is left out. {Learners.LightGbmMissing}").ConfigureAwait(false);
            learners = [.. learners.Where(l => l.Name != Learners.LightGbm)];
        }

        return new TrainStep(options, output, files, learners);
    }

    public async Task<IReadOnlyList<ITrainedModel>> RunAsync(KafkaCluster cluster, CancellationToken cancellationToken)
    {
        TrainingState? interrupted = _options.Resume ? _files.NetworkState.Load() : null;
        if (_options.Resume)
        {
            await _output.WriteLineAsync(_files.NetworkState.Describe(interrupted)).ConfigureAwait(false);
        }

        await using KafkaEventData data = await cluster.OpenAsync(_options.TrainTopic, null, cancellationToken, interrupted?.Snapshot).ConfigureAwait(false);
        if (data.Rows == 0)
        {
            throw new DemoException($"The topic {_options.TrainTopic} is empty: there is nothing to train from.");
        }

        IReadOnlyList<ITrainedModel> models = await ProgressDisplay.RunAsync(board => TrainAsync(data, board, cancellationToken)).ConfigureAwait(false);
        foreach (ITrainedModel model in models)
        {
            await _output.WriteLineAsync($"train: {model.Name} from {_options.TrainTopic}{data.Note}, saved in {_files.Save(model)}").ConfigureAwait(false);
        }

        ReferenceProfile profile = await data.ProfileAsync(cancellationToken).ConfigureAwait(false);
        _files.Save(profile);
        await _output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"profile: columns {profile.Columns.Count} rows {profile.Rows} in {_files.Profile}")).ConfigureAwait(false);
        if (models.FirstOrDefault(m => m.Curve.Count > 0) is { } learner)
        {
            LearningPlot.Save(_files.LearningPicture, $"SUSY{data.Note}: learning curve of the {learner.Name}", learner.Curve);
            await _output.WriteLineAsync($"draw: learning curve in {_files.LearningPicture}").ConfigureAwait(false);
        }

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
