using System.Globalization;
using System.Text;
using SusyDemo.Kafka;
using SusyDemo.Network;
using SusyDemo.Reporting;
using SusyDemo.Training;

namespace SusyDemo.Commands;

/// <summary>Trains the network as one of several processes, each from its shard of every batch; rank 0 saves it, and the state of a training that is interrupted.</summary>
internal sealed class NetworkRankStep(KafkaCluster cluster, DemoOptions options, RankGroupOptions ranks, TextWriter output)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var files = new ModelFiles(options.Output);
        files.Prepare();
        using RankGroup group = await RankGroup.JoinAsync(ranks, cancellationToken).ConfigureAwait(false);
        await using KafkaEventData data = await OpenAsync(group, files, cancellationToken).ConfigureAwait(false);
        var learner = new NetworkLearner(options.Network(files) with { Ranks = group });
        string name = string.Create(CultureInfo.InvariantCulture, $"train {learner.Name}, rank {group.Rank} of {group.World}");
        ITrainedModel model = await ProgressDisplay.RunAsync(async board =>
        {
            IProgressTask progress = board.Begin(name, learner.RowsToRead(data.Rows));
            ITrainedModel trained = await learner.TrainAsync(data, progress, cancellationToken).ConfigureAwait(false);
            progress.Finish();
            return trained;
        }).ConfigureAwait(false);
        string line = string.Create(CultureInfo.InvariantCulture, $"train: {model.Name} rank {group.Rank} of {group.World} from {options.TrainTopic}{data.Note}");
        await output.WriteLineAsync(group.IsFirst ? $"{line}, saved in {files.Save(model)}" : line).ConfigureAwait(false);
    }

    /// <summary>Opens the rows that rank 0 found: those of the training that goes on, or all that the topic has now.</summary>
    private async Task<KafkaEventData> OpenAsync(RankGroup group, ModelFiles files, CancellationToken cancellationToken)
    {
        if (!group.IsFirst)
        {
            string snapshot = Encoding.UTF8.GetString(await group.ShareAsync(null, cancellationToken).ConfigureAwait(false));
            return await cluster.OpenAsync(options.TrainTopic, null, cancellationToken, snapshot).ConfigureAwait(false);
        }

        TrainingState? interrupted = options.Resume ? files.NetworkState.Load() : null;
        KafkaEventData data = await cluster.OpenAsync(options.TrainTopic, null, cancellationToken, interrupted?.Snapshot).ConfigureAwait(false);
        if (options.Resume)
        {
            await output.WriteLineAsync(files.NetworkState.Describe(interrupted)).ConfigureAwait(false);
        }

        await group.ShareAsync(Encoding.UTF8.GetBytes(data.Batches.Snapshot), cancellationToken).ConfigureAwait(false);
        return data;
    }
}
