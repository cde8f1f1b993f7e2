using System.Globalization;
using KafkaDatasets;
using Microsoft.ML;
using SusyDemo.Data;
using SusyDemo.Kafka;
using SusyDemo.Reporting;

namespace SusyDemo.Commands;

/// <summary>Learns a logistic regression from the train topic as events come, and evaluates it on each event before it learns from it.</summary>
internal sealed class LearnStep(KafkaCluster cluster, DemoOptions options, TextWriter output)
{
    /// <summary>The model's file in the directory of the checkpoints.</summary>
    public const string ModelFile = "model.zip";

    private readonly string _directory = options.LearnerCheckpoint
        ?? (cluster.IsEmbedded ? Directory.CreateTempSubdirectory($"{DemoOptions.DefaultCheckpoint}-").FullName : DemoOptions.DefaultCheckpoint);

    public async Task RunAsync(StopAt stopAt, CancellationToken cancellationToken)
    {
        IOnlineLearner learner = OnlineLearner.Ftrl(OnlineTask.BinaryClassification, SusyFields.Features);
        LearningCheckpoint? checkpoint = null;
        try
        {
            await ProgressDisplay.RunAsync(async board =>
            {
                IProgressTask task = board.Begin($"learn {learner.Name}", null);
                OnlineTrainer trainer = await OnlineTrainer.StartAsync(options.TrainTopic, cluster.OptionsFor(learner.Features), learner, TrainerOptions(task), cancellationToken).ConfigureAwait(false);
                await using (trainer.ConfigureAwait(false))
                {
                    try
                    {
                        return await trainer.RunAsync(stopAt, cancellationToken).ConfigureAwait(false);
                    }
                    finally
                    {
                        checkpoint = trainer.Checkpoint;
                        task.Finish();
                    }
                }
            }).ConfigureAwait(false);
        }
        finally
        {
            // Also where learning was cancelled: it has written a checkpoint.
            if (checkpoint is not null)
            {
                learner.SaveModel(new MLContext(options.Seed), Path.Combine(_directory, ModelFile));
            }

            await TellAsync(learner.Name, checkpoint).ConfigureAwait(false);
        }
    }

    private OnlineTrainerOptions TrainerOptions(IProgressTask task) => new()
    {
        Live = new LiveOptions { GroupId = options.Group },
        Checkpoints = CheckpointStore.Directory(_directory),
        CheckpointRows = options.CheckpointRows,
        Progress = new Told(task),
    };

    /// <summary>Tells what was learned, in all that the checkpoint has seen.</summary>
    private async Task TellAsync(string model, LearningCheckpoint? checkpoint)
    {
        if (checkpoint is null)
        {
            return;
        }

        PrequentialMetrics metrics = checkpoint.Metrics;
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"learned: {model} rows {checkpoint.Rows} checkpoint {checkpoint.Location}")).ConfigureAwait(false);
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"prequential: accuracy {metrics.Accuracy:F4} AUC {metrics.Auc:F4} rows {metrics.Rows}")).ConfigureAwait(false);
    }

    private sealed class Told(IProgressTask task) : IProgress<OnlineProgress>
    {
        public void Report(OnlineProgress value) =>
            task.Report(value.Rows, string.Create(CultureInfo.InvariantCulture, $"accuracy {value.Metrics.Accuracy:F4}"));
    }
}
