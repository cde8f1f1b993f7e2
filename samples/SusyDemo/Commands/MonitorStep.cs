using System.Globalization;
using KafkaDatasets;
using SusyDemo.Kafka;

namespace SusyDemo.Commands;

/// <summary>Joins scores with the labels of the events, and says how well each version of the model does, and which columns have drifted from the profile that was saved with the models.</summary>
internal sealed class MonitorStep(KafkaCluster cluster, DemoOptions options, TextWriter output)
{
    public const string All = "all";
    public const string Live = "live";

    /// <summary>How far a label may be from its score where nothing waits for it: events may have been scored long after they were written.</summary>
    private static readonly TimeSpan AnyTime = TimeSpan.FromDays(3650);

    private static readonly TimeSpan LiveGrace = TimeSpan.FromMinutes(10);

    /// <exception cref="DemoException">It is not named.</exception>
    public static string ScoresTopicOf(DemoOptions options) => options.ScoresTopic ?? throw new DemoException("--scores-topic is missing: name the topic with the scores.");

    public async Task RunAsync(StopAt stopAt, CancellationToken cancellationToken)
    {
        KafkaDatasetOptions dataset = cluster.OptionsFor(null);
        bool isLive = options.Range == Live;
        var monitor = new KafkaMonitor(new MonitorOptions
        {
            ScoresTopic = ScoresTopicOf(options),
            Scores = dataset with { Label = null },
            LabelsTopic = options.LabelsTopic ?? options.TestTopic,
            Labels = dataset,
            Grace = options.Grace is { } seconds ? TimeSpan.FromSeconds(seconds) : isLive ? LiveGrace : AnyTime,
            Live = isLive ? new LiveOptions { GroupId = $"susy-monitor-{Guid.NewGuid():N}" } : null,
            StopAt = isLive ? stopAt : StopAt.Never,
            ReportFile = options.Report,
            Reference = new ModelFiles(options.Output).LoadProfile(),
        });
        MonitorResult result;
        try
        {
            result = await monitor.RunAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (isLive && monitor.GetResult() is { } unfinished)
        {
            // Left by the user: that is how following a topic usually ends.
            await TellAsync(unfinished, output).ConfigureAwait(false);
            throw;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DemoException($"The report {options.Report} cannot be written: {e.Message}", e);
        }

        await TellAsync(result, output).ConfigureAwait(false);
        if (options.Report is { } report)
        {
            await output.WriteLineAsync($"draw: report in {report}").ConfigureAwait(false);
        }
    }

    /// <summary>Writes a line for each version of the model, and, if there is a profile of the events that it was trained from, how many columns have drifted from it.</summary>
    public static async Task TellAsync(MonitorResult result, TextWriter output)
    {
        foreach (ModelReport model in result.Models)
        {
            ModelMetrics metrics = model.Metrics;
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"monitored: {model.Version} accuracy {metrics.Accuracy:F4} AUC {metrics.Auc:F4} rows {metrics.Rows} unmatched {metrics.Unmatched}")).ConfigureAwait(false);
        }

        if (result.Drift is { } drift)
        {
            ColumnDrift[] drifted = [.. drift.Drifted];
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"drift: columns {drifted.Length} of {drift.Columns.Count} rows {drift.Current.Rows}")).ConfigureAwait(false);
            foreach (ColumnDrift column in drifted)
            {
                await output.WriteLineAsync($"drift: {column.Name}: {string.Join(", ", column.Reasons)}").ConfigureAwait(false);
            }
        }
    }
}
