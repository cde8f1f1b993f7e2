using System.Globalization;
using System.Text;
using SusyDemo.Kafka;
using SusyDemo.Network;
using SusyDemo.Training;

namespace SusyDemo.Commands;

/// <summary>Trains the network as one of several processes, each from its shard of every batch; rank 0 also saves the state of a training that is interrupted.</summary>
internal sealed class NetworkRankStep(KafkaCluster cluster, DemoOptions options, RankGroupOptions ranks, TextWriter output) : RankStep(NetworkLearner.LearnerName, options, output)
{
    protected override async Task<RankResult> TrainAsync(CancellationToken cancellationToken)
    {
        using RankGroup group = await RankGroup.JoinAsync(ranks, cancellationToken).ConfigureAwait(false);
        KafkaEventData data = await OpenAsync(group, cancellationToken).ConfigureAwait(false);
        try
        {
            var learner = new NetworkLearner(Options.Network(Files) with { Ranks = group });
            ITrainedModel model = await ShowAsync(group.Rank, group.World, learner.RowsToRead(data.Rows), progress => learner.TrainAsync(data, progress, cancellationToken)).ConfigureAwait(false);
            return new RankResult(group.Rank, string.Create(CultureInfo.InvariantCulture, $"rank {group.Rank} of {group.World}"), model, data);
        }
        catch
        {
            await data.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Opens the rows that rank 0 found: those of the training that goes on, or all that the topic has now.</summary>
    private async Task<KafkaEventData> OpenAsync(RankGroup group, CancellationToken cancellationToken)
    {
        if (!group.IsFirst)
        {
            string snapshot = Encoding.UTF8.GetString(await group.ShareAsync(null, cancellationToken).ConfigureAwait(false));
            return await cluster.OpenAsync(Options.TrainTopic, null, cancellationToken, snapshot).ConfigureAwait(false);
        }

        TrainingState? interrupted = Options.Resume ? Files.NetworkState.Load() : null;
        KafkaEventData data = await cluster.OpenAsync(Options.TrainTopic, null, cancellationToken, interrupted?.Snapshot).ConfigureAwait(false);
        if (Options.Resume)
        {
            await Output.WriteLineAsync(Files.NetworkState.Describe(interrupted)).ConfigureAwait(false);
        }

        await group.ShareAsync(Encoding.UTF8.GetBytes(data.Batches.Snapshot), cancellationToken).ConfigureAwait(false);
        return data;
    }
}
