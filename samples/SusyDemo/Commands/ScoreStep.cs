using KafkaDatasets;
using SusyDemo.Kafka;
using SusyDemo.Training;

namespace SusyDemo.Commands;

/// <summary>Scores the events of the test topic with a saved model, and writes the scores to a topic.</summary>
internal sealed class ScoreStep(KafkaCluster cluster, DemoOptions options, TextWriter output)
{
    public const string ExactlyOnce = "exactly-once";
    public const string AtLeastOnce = "at-least-once";

    public async Task RunAsync(StopAt stopAt, CancellationToken cancellationToken)
    {
        string file = options.ModelFile ?? throw new DemoException("--model-file is missing: name the file of a model that train or learn has saved.");
        string topic = options.OutputTopic ?? throw new DemoException("--output-topic is missing: name the topic for the scores.");
        if (!File.Exists(file))
        {
            throw new DemoException($"There is no file {file}: train a model first.");
        }

        var scoring = new ScorerOptions
        {
            GroupId = options.ScoreGroup,
            OutputTopic = topic,
            Model = SavedModel.SourceOf(file),
            Delivery = await DeliveryAsync().ConfigureAwait(false),
            Columns = ["PredictedLabel", "Score", "Probability"],
        };

        // The label is a field of these events, but a scorer need not know it.
        KafkaScorer scorer = await KafkaScorer.JoinAsync(options.TestTopic, cluster.OptionsFor(null) with { Label = null }, scoring, cancellationToken).ConfigureAwait(false);
        await using (scorer.ConfigureAwait(false))
        {
            try
            {
                await scorer.RunAsync(stopAt, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                // Also where scoring was cancelled: what is told is committed.
                ScoringTotals totals = scorer.Totals;
                await output.WriteLineAsync(FormattableString.Invariant($"scored: rows {totals.Rows} batches {totals.Batches}")).ConfigureAwait(false);
            }
        }
    }

    private async Task<Delivery> DeliveryAsync()
    {
        if (options.Delivery is null && cluster.IsEmbedded)
        {
            await output.WriteLineAsync($"delivery: {AtLeastOnce}, since the embedded broker keeps no offsets of transactions").ConfigureAwait(false);
            return Delivery.AtLeastOnce;
        }

        return options.Delivery == AtLeastOnce ? Delivery.AtLeastOnce : Delivery.ExactlyOnce;
    }
}
