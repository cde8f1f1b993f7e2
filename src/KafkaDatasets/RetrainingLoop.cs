using KafkaDatasets.Diagnostics;
using KafkaDatasets.Retraining;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaDatasets;

/// <summary>
/// Keeps a model up to date: a monitor joins its scores with labels and finds changes in its errors; from the rows since a change began, a challenger is trained; if it is better than the champion
/// on rows that neither has seen, it is put into the directory from which scorers take it.
/// </summary>
/// <remarks>Changes are handled one at a time, and only those of the model in use. While the rows since a change are fewer than <see cref="RetrainingOptions.MinRows"/>, the loop waits for more, and also while the rows that would be trained from, or those that would be compared on, all have the same label. Rows without a label do not count.</remarks>
/// <example>
/// <code>
/// var loop = new RetrainingLoop(new RetrainingOptions
/// {
///     Monitor = new MonitorOptions
///     {
///         ScoresTopic = "payments.scored",
///         Scores = options,
///         LabelsTopic = "payments",
///         Labels = options with { Label = LabelColumn.Binary("IsFraud") },
///         Live = new LiveOptions { GroupId = "retraining" },
///     },
///     ModelDirectory = "models",
///     TrainAsync = (rows, _) => Task.Run&lt;ITransformer&gt;(() => ml.BinaryClassification.Trainers.LbfgsLogisticRegression().Fit(rows)),
/// });
/// loop.Retrained += (_, e) => Console.WriteLine($"since {e.Drift.Since}: {e.Measure} {e.ChampionScore:F4}, new {e.ChallengerScore:F4}, {e.Model ?? "not promoted"}");
/// await loop.RunAsync(cancellationToken);
/// </code>
/// </example>
public sealed class RetrainingLoop
{
    private readonly RetrainingOptions _options;
    private readonly KafkaMonitor _monitor;
    private readonly Contest _contest;
    private readonly ILogger _logger;
    private readonly Dictionary<string, int> _handled = new(StringComparer.Ordinal);
    private (DateTimeOffset Since, LabelCount Labels)? _counted;
    private long _nextLength;
    private int _started;

    /// <summary>Creates a loop.</summary>
    /// <param name="options">What is watched, how models are trained, and where they are.</param>
    /// <exception cref="InvalidOptionsException">The options are invalid; the message lists every problem found.</exception>
    public RetrainingLoop(RetrainingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _monitor = new KafkaMonitor(options.Monitor);
        _logger = options.Monitor.Labels.LoggerFactory?.CreateLogger(Instruments.Name) ?? NullLogger.Instance;
        _contest = new Contest(options, _logger);
    }

    /// <summary>Raised when a challenger has been trained, whether it was promoted or not. Handlers run before the loop continues.</summary>
    public event EventHandler<RetrainedEventArgs>? Retrained;

    /// <summary>Runs until the monitor's <see cref="MonitorOptions.StopAt"/> is reached. A loop runs once.</summary>
    /// <param name="cancellationToken">Ends the run with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The figures of the monitor.</returns>
    /// <exception cref="ModelException">There is no champion, it cannot be loaded, a new model would not be newer by name (<see cref="RetrainingOptions.ModelName"/>) or cannot be written, or a model does not give the columns that models are compared by.</exception>
    /// <exception cref="KafkaDatasetException">A topic cannot be opened or read.</exception>
    /// <exception cref="Exception">Whatever <see cref="RetrainingOptions.TrainAsync"/> throws; the directory has no new model then, and another loop handles the change again.</exception>
    /// <exception cref="InvalidOperationException">The loop has been run before.</exception>
    public async Task<MonitorResult> RunAsync(CancellationToken cancellationToken = default)
    {
        _ = await _contest.NextFileAsync(cancellationToken).ConfigureAwait(false);
        if (Interlocked.Exchange(ref _started, 1) != 0)
        {
            throw new InvalidOperationException("The loop has been run before: create another one for another run.");
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<MonitorResult> watching = _monitor.RunAsync(stop.Token);
        try
        {
            while (!watching.IsCompleted)
            {
                using var wait = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                await Task.WhenAny(watching, Task.Delay(_options.CheckInterval, _options.Monitor.TimeProvider, wait.Token)).ConfigureAwait(false);
                await wait.CancelAsync().ConfigureAwait(false);
                await RetrainAsync(_monitor.GetResult(), cancellationToken).ConfigureAwait(false);
            }
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await ((Task)watching).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        // A change that was found at the very end, as in a run over history
        MonitorResult result = await watching.ConfigureAwait(false);
        await RetrainAsync(result, cancellationToken).ConfigureAwait(false);
        return result;
    }

    /// <summary>Retrains if the errors of the model in use have changed, and there are enough rows since.</summary>
    private async Task RetrainAsync(MonitorResult? result, CancellationToken cancellationToken)
    {
        string champion = await _contest.ChampionAsync(cancellationToken).ConfigureAwait(false);
        ModelReport? report = result?.Models.FirstOrDefault(m => m.Version == champion);
        if (report is null || report.Drifts.Count <= _handled.GetValueOrDefault(report.Version))
        {
            return;
        }

        // Of several changes that were found meanwhile, the rows since the last one are those that are like the present.
        DriftPoint drift = report.Drifts[^1];
        if (_counted?.Since != drift.Since)
        {
            _counted = (drift.Since, _contest.CountLabels());
            _nextLength = _options.MinRows;
        }

        DatasetSnapshot snapshot = await RowsSince.FindAsync(_options.Monitor.LabelsTopic, _contest.LabelledRows, drift.Since, cancellationToken).ConfigureAwait(false);
        if (snapshot.Length < _nextLength)
        {
            return;
        }

        // Rows without a label say nothing. Each row is read once for this, and none before there can be enough.
        LabelCount labels = _counted.Value.Labels;
        await labels.ReadAsync(snapshot, cancellationToken).ConfigureAwait(false);
        if (labels.Rows < _options.MinRows)
        {
            _nextLength = snapshot.Length + _options.MinRows - labels.Rows;
            return;
        }

        if (!labels.HasDifferent)
        {
            // Rows with other labels may still arrive; until then, checking the same rows again would change nothing.
            _nextLength = snapshot.Length + Math.Max(1, snapshot.Length / 10);
            Log.RowsOfOneLabel(_logger, snapshot.Topic, labels.Rows, drift.Since);
            return;
        }

        int handled = report.Drifts.Count;
        RetrainedEventArgs retrained = await _contest.RunAsync(drift, snapshot, cancellationToken).ConfigureAwait(false);
        _counted = null;
        _handled[report.Version] = handled;
        Retrained?.Invoke(this, retrained);
    }
}
