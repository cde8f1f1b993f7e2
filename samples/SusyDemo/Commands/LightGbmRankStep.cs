using System.Globalization;
using KafkaDatasets;
using KafkaDatasets.LightGbm;
using Microsoft.ML;
using SusyDemo.Kafka;
using SusyDemo.Reporting;
using SusyDemo.Training;

namespace SusyDemo.Commands;

/// <summary>Trains a LightGBM model as one of several processes; rank 0 saves it.</summary>
internal sealed class LightGbmRankStep(KafkaCluster cluster, DemoOptions options, LightGbmWorld world, TextWriter output)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var files = new ModelFiles(options.Output);
        files.Prepare();
        KafkaDatasetOptions dataset = cluster.OptionsFor(null);
        string name = string.Create(CultureInfo.InvariantCulture, $"train {Learners.LightGbm}, rank {world.Rank} of {world.Size}");
        LightGbmModel model = await ProgressDisplay.RunAsync(async board =>
        {
            IProgressTask progress = board.Begin(name, null);
            LightGbmModel trained = await LightGbmTrainer.TrainAsync(
                options.TrainTopic,
                dataset,
                new LightGbmOptions { World = world, Iterations = options.Iterations, Seed = options.Seed, CheckpointDirectory = options.Checkpoint, Progress = new Reporter(progress) },
                cancellationToken).ConfigureAwait(false);
            progress.Finish();
            return trained;
        }).ConfigureAwait(false);
        string ranks = string.Create(CultureInfo.InvariantCulture, $"rank {world.Rank} of {world.Size}, {model.Rows} rows, {model.Iterations} trees");
        if (world.Rank != 0)
        {
            await output.WriteLineAsync($"train: {Learners.LightGbm} {ranks}").ConfigureAwait(false);
            return;
        }

        files.SaveText(Learners.LightGbm, model.Text);
        await using KafkaEventData data = await cluster.OpenAsync(options.TrainTopic, model.Features, cancellationToken).ConfigureAwait(false);
        var ml = new MLContext(options.Seed);
        var saved = new MLNetModel(Learners.LightGbm, ml, model.ToTransformer(ml), data.ToDataView(ml).Schema);
        await output.WriteLineAsync($"train: {Learners.LightGbm} {ranks} from {options.TrainTopic}{data.Note}, saved in {files.Save(saved)}").ConfigureAwait(false);
    }

    private sealed class Reporter(IProgressTask task) : IProgress<LightGbmProgress>
    {
        public void Report(LightGbmProgress value) => task.Report(
            value.Rows, value.Phase == LightGbmPhase.Training ? string.Create(CultureInfo.InvariantCulture, $"tree {value.Iteration} of {value.Iterations}") : value.Phase.ToString().ToLowerInvariant());
    }
}
