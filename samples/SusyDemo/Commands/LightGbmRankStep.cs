using System.Globalization;
using KafkaDatasets;
using KafkaDatasets.LightGbm;
using Microsoft.ML;
using SusyDemo.Kafka;
using SusyDemo.Reporting;
using SusyDemo.Training;

namespace SusyDemo.Commands;

/// <summary>Trains a LightGBM model as one of several processes.</summary>
internal sealed class LightGbmRankStep(KafkaCluster cluster, DemoOptions options, LightGbmWorld world, TextWriter output) : RankStep(Learners.LightGbm, options, output)
{
    protected override async Task<RankResult> TrainAsync(CancellationToken cancellationToken)
    {
        KafkaDatasetOptions dataset = cluster.OptionsFor(null);
        LightGbmModel model = await ShowAsync(world.Rank, world.Size, null, progress => LightGbmTrainer.TrainAsync(
            Options.TrainTopic,
            dataset,
            new LightGbmOptions { World = world, Iterations = Options.Iterations, Seed = Options.Seed, CheckpointDirectory = Options.Checkpoint, Progress = new Reporter(progress) },
            cancellationToken)).ConfigureAwait(false);
        if (world.Rank == 0)
        {
            Files.SaveText(Learners.LightGbm, model.Text);
        }

        KafkaEventData data = await cluster.OpenAsync(Options.TrainTopic, model.Features, cancellationToken, model.Snapshot.ToJson()).ConfigureAwait(false);
        var ml = new MLContext(Options.Seed);
        return new RankResult(
            world.Rank,
            string.Create(CultureInfo.InvariantCulture, $"rank {world.Rank} of {world.Size}, {model.Rows} rows, {model.Iterations} trees"),
            new MLNetModel(Learners.LightGbm, ml, model.ToTransformer(ml), data.ToDataView(ml).Schema),
            data);
    }

    private sealed class Reporter(IProgressTask task) : IProgress<LightGbmProgress>
    {
        public void Report(LightGbmProgress value) => task.Report(
            value.Rows, value.Phase == LightGbmPhase.Training ? string.Create(CultureInfo.InvariantCulture, $"tree {value.Iteration} of {value.Iterations}") : value.Phase.ToString().ToLowerInvariant());
    }
}
