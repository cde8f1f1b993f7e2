using KafkaDatasets.Diagnostics;
using KafkaDatasets.Monitoring;
using KafkaDatasets.Monitoring.Reports;
using KafkaDatasets.Monitoring.Streams;
using KafkaDatasets.Rows;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaDatasets;

/// <summary>
/// Joins the predictions of a model with labels that come later, and computes how well it predicts: accuracy, AUC, log loss and calibration of two classes, a confusion matrix, precision and recall of several, errors of numbers. By model
/// version, over time and by segment, of the history of topics or while they grow.
/// </summary>
/// <remarks>
/// <para>Rows are counted in the order of their event times, once no label can come in time any more. So the same rows give the same figures, from history or live, in whatever order they arrive.</para>
/// <para>The figures are a <see cref="MonitorResult"/>, metrics of the meter <c>KafkaDatasets</c>, records of <see cref="MonitorOptions.ResultsTopic"/>, and an HTML page.</para>
/// </remarks>
/// <example>
/// <code>
/// var monitor = new KafkaMonitor(new MonitorOptions
/// {
///     ScoresTopic = "payments.scored",
///     Scores = options,
///     LabelsTopic = "payments",
///     Labels = options with { Label = LabelColumn.Binary("IsFraud") },
///     ReportFile = "monitoring.html",
/// });
/// MonitorResult result = await monitor.RunAsync(cancellationToken);
/// foreach (ModelReport model in result.Models)
/// {
///     Console.WriteLine($"{model.Version}: AUC {model.Metrics.Auc:0.0000} of {model.Metrics.Rows} rows");
/// }
/// </code>
/// </example>
public sealed class KafkaMonitor
{
    private readonly MonitorOptions _options;
    private MonitorRun? _run;
    private int _started;

    /// <summary>Creates a monitor.</summary>
    /// <param name="options">The topics, and where the figures go.</param>
    /// <exception cref="InvalidOptionsException">The options are invalid; the message lists every problem found.</exception>
    public KafkaMonitor(MonitorOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        using InvariantCulture culture = InvariantCulture.Use();
        options.Validate();
        _options = options;
    }

    /// <summary>Reads the topics, and returns when they have been read: to the end of their ranges, or, with <see cref="MonitorOptions.Live"/>, when <see cref="MonitorOptions.StopAt"/> is reached. A monitor runs once.</summary>
    /// <param name="cancellationToken">Ends the run with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The figures.</returns>
    /// <exception cref="InvalidOptionsException">The options are invalid, or do not fit the topics; the message lists every problem found.</exception>
    /// <exception cref="KafkaDatasetException">A topic cannot be opened or read, as for <see cref="KafkaDataset.OpenAsync(string, KafkaDatasetOptions, CancellationToken)"/>, or the figures cannot be written.</exception>
    /// <exception cref="IOException"><see cref="MonitorOptions.ReportFile"/> can no longer be written.</exception>
    /// <exception cref="InvalidOperationException">The monitor has been run before.</exception>
    public async Task<MonitorResult> RunAsync(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _started, 1) != 0)
        {
            throw new InvalidOperationException("The monitor has been run before: create another one for another run.");
        }

        if (_options.ReportFile is { } report)
        {
            ReportFile.Prepare(report);
        }

        ILogger logger = _options.Scores.LoggerFactory?.CreateLogger(Instruments.Name) ?? NullLogger.Instance;
        RowFeed scores = await OpenAsync(_options.ScoresTopic, ScoresOptions(), "scores", cancellationToken).ConfigureAwait(false);
        RowFeed labels;
        try
        {
            labels = await OpenAsync(_options.LabelsTopic, LabelsOptions(), "labels", cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await scores.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        MonitorRun run;
        try
        {
            run = new MonitorRun(_options, scores, labels, logger);
        }
        catch
        {
            await scores.DisposeAsync().ConfigureAwait(false);
            await labels.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        await using (run)
        {
            _run = run;
            await run.RunAsync(cancellationToken).ConfigureAwait(false);
        }

        MonitorResult result = run.ToResult();
        if (_options.ReportFile is { } file)
        {
            await ReportFile.WriteAsync(file, result.ToHtml(HtmlReport.TitleOf(_options)), cancellationToken).ConfigureAwait(false);
        }

        return result;
    }

    /// <summary>Returns the figures so far; may be called at any time during <see cref="RunAsync"/>.</summary>
    /// <returns>The figures; null before the topics are open.</returns>
    public MonitorResult? GetResult() => Volatile.Read(ref _run)?.ToResult();

    private KafkaDatasetOptions ScoresOptions() => MonitorHeaders.With(
        _options.Scores with { Label = null, Features = null }, // often the options of the input, whose label and features a score does not have
        _options.JoinBy,
        ScoreHeaders.Topic,
        ScoreHeaders.Partition,
        ScoreHeaders.Offset,
        ScoreHeaders.Timestamp,
        ScoreHeaders.ModelVersion);

    private KafkaDatasetOptions LabelsOptions() => MonitorHeaders.With(_options.Labels with { MissingLabels = MissingLabels.Kept }, _options.JoinBy, ScoreHeaders.Topic, ScoreHeaders.Partition, ScoreHeaders.Offset);

    private async Task<RowFeed> OpenAsync(string topic, KafkaDatasetOptions options, string group, CancellationToken cancellationToken)
    {
        try
        {
            return _options.Live is { } live
                ? new LiveFeed(await KafkaLiveDataset.JoinAsync(topic, options, live with { GroupId = $"{live.GroupId}.{group}" }, cancellationToken).ConfigureAwait(false), _options.StopAt)
                : new HistoryFeed(await KafkaDataset.OpenAsync(topic, options, cancellationToken).ConfigureAwait(false));
        }
        catch (InvalidOptionsException e)
        {
            throw e.Of(nameof(MonitorOptions), topic);
        }
    }
}
