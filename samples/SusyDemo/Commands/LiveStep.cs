using System.Globalization;
using KafkaDatasets;
using Microsoft.ML;
using SusyDemo.Data;
using SusyDemo.Data.Generation;
using SusyDemo.Kafka;
using SusyDemo.Plots;

namespace SusyDemo.Commands;

/// <summary>
/// The whole loop in a minute. Events arrive; a model that was trained from the topic's history scores them; scores are joined with labels; then the energy scale of the detector shifts. The change is found in
/// the model's errors, another model is trained from the rows since, and the scorer takes it without stopping.
/// </summary>
internal sealed class LiveStep(KafkaCluster cluster, DemoOptions options, TextWriter output)
{
    private const int HistoryRows = 20_000;
    private const int SoundRows = 16_000;
    private const int ShiftedRows = 44_000;
    private const int RowsPerBurst = 200;
    private const float Shift = 1.8f;
    private static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(4);

    private readonly string _id = Guid.NewGuid().ToString("N")[..8];

    private string Topic => $"susy-live-{_id}";

    private string ScoresTopic => $"{Topic}-scores";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        string models = Path.Combine(options.Output, $"live-{_id}");
        Directory.CreateDirectory(models);
        var ml = new MLContext(seed: 1);
        using IEnumerator<SusyRecord> events = new SusyEventGenerator(options.Seed, HistoryRows + SoundRows + ShiftedRows).Read().GetEnumerator();
        KafkaRecordWriter<SusyRecord> writer = await cluster.OpenWriterAsync(Topic, SusySchema.ToJson(SusyFields.All, true), cancellationToken).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            await WriteAsync(writer, events, HistoryRows, 1, cancellationToken).ConfigureAwait(false);
            await TrainFirstAsync(ml, Path.Combine(models, "susy-1.zip"), cancellationToken).ConfigureAwait(false);

            var loop = new RetrainingLoop(new RetrainingOptions
            {
                Monitor = new MonitorOptions
                {
                    ScoresTopic = ScoresTopic,
                    Scores = cluster.OptionsFor(null) with { Label = null },
                    LabelsTopic = Topic,
                    Labels = cluster.OptionsFor(null),
                    Grace = TimeSpan.FromSeconds(2),
                    Window = MonitorWindow.Rows(2000),
                    Live = new LiveOptions { GroupId = $"{Topic}-monitor" },
                    StopAt = StopAt.IdleFor(Idle),
                    ReportFile = options.Report,
                },
                ModelDirectory = models,
                ModelName = "susy",
                TrainAsync = (rows, token) => Task.Run(() => Train(ml, rows), token),
                MinRows = 6000,
                CheckInterval = TimeSpan.FromMilliseconds(500),
                MLContext = ml,
            });
            loop.Retrained += (_, e) => output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"retrained: from {e.Snapshot.Length} events since {e.Drift.Since:HH:mm:ss}, AUC {e.ChampionAuc:F4} -> {e.ChallengerAuc:F4}, {(e.Model is { } file ? $"promoted {Path.GetFileNameWithoutExtension(file)}" : "not promoted")}"));

            KafkaScorer scorer = await KafkaScorer.JoinAsync(Topic, cluster.OptionsFor(null) with { Label = null }, new ScorerOptions
            {
                GroupId = $"{Topic}-scorer",
                OutputTopic = ScoresTopic,
                Model = ModelSource.Directory(models, ml: ml),
                Delivery = cluster.IsEmbedded ? Delivery.AtLeastOnce : Delivery.ExactlyOnce,
                StartAt = LiveStart.Latest,
            }, cancellationToken).ConfigureAwait(false);
            await using (scorer.ConfigureAwait(false))
            {
                await WatchAsync(writer, events, loop, scorer, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task WatchAsync(KafkaRecordWriter<SusyRecord> writer, IEnumerator<SusyRecord> events, RetrainingLoop loop, KafkaScorer scorer, CancellationToken cancellationToken)
    {
        DateTimeOffset start = TimeProvider.System.GetUtcNow();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<ScoringTotals> scoring = scorer.RunAsync(StopAt.IdleFor(Idle), stop.Token);
        Task<MonitorResult> watching = loop.RunAsync(stop.Token);
        try
        {
            await WriteSlowlyAsync(writer, events, SoundRows, 1, cancellationToken).ConfigureAwait(false);
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"drift: the energy scale is {Shift} from now on, {TimeProvider.System.GetUtcNow():HH:mm:ss}")).ConfigureAwait(false);
            await WriteSlowlyAsync(writer, events, ShiftedRows, Shift, cancellationToken).ConfigureAwait(false);
            ScoringTotals totals = await scoring.ConfigureAwait(false);
            await output.WriteLineAsync(FormattableString.Invariant($"scored: rows {totals.Rows} batches {totals.Batches}")).ConfigureAwait(false);
            MonitorResult result = await watching.ConfigureAwait(false);
            await TellAsync(result, start).ConfigureAwait(false);
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(scoring, watching).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    private async Task TellAsync(MonitorResult result, DateTimeOffset start)
    {
        await MonitorStep.TellAsync(result, output).ConfigureAwait(false);
        MetricsWindow[] windows = [.. result.Models.SelectMany(m => m.Windows).Where(w => w.Metrics.Rows > 0).OrderBy(w => w.End)];
        if (windows.Length > 0)
        {
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"recovered: accuracy {windows[0].Metrics.Accuracy:F4} before, {windows.Min(w => w.Metrics.Accuracy):F4} at worst, {windows[^1].Metrics.Accuracy:F4} at the end")).ConfigureAwait(false);
        }

        string picture = Path.Combine(options.Output, "live.png");
        RecoveryPlot.Save(picture, result, start);
        await output.WriteLineAsync($"draw: {picture}").ConfigureAwait(false);
    }

    private async Task TrainFirstAsync(MLContext ml, string file, CancellationToken cancellationToken)
    {
        KafkaDataset history = await KafkaDataset.OpenAsync(Topic, cluster.OptionsFor(null), cancellationToken).ConfigureAwait(false);
        await using (history.ConfigureAwait(false))
        {
            IDataView rows = history.ToDataView(ml);
            ml.Model.Save(Train(ml, rows), rows.Schema, file);
            await output.WriteLineAsync($"train: {file} from {history.Snapshot.Length} events").ConfigureAwait(false);
        }
    }

    private static ITransformer Train(MLContext ml, IDataView rows) =>
        ml.Transforms.NormalizeMeanVariance("Features").Append(ml.BinaryClassification.Trainers.LbfgsLogisticRegression()).Fit(rows);

    private static async Task WriteSlowlyAsync(KafkaRecordWriter<SusyRecord> writer, IEnumerator<SusyRecord> events, int rows, float scale, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Burst);
        for (int written = 0; written < rows; written += RowsPerBurst)
        {
            await WriteAsync(writer, events, Math.Min(RowsPerBurst, rows - written), scale, cancellationToken).ConfigureAwait(false);
            await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task WriteAsync(KafkaRecordWriter<SusyRecord> writer, IEnumerator<SusyRecord> events, int rows, float scale, CancellationToken cancellationToken)
    {
        for (int i = 0; i < rows && events.MoveNext(); i++)
        {
            await writer.WriteAsync(ShiftedEvents.Scale(events.Current, scale), cancellationToken).ConfigureAwait(false);
        }

        await writer.FlushAsync(cancellationToken).ConfigureAwait(false);
    }
}
