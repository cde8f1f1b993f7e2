using System.Threading.Channels;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Monitoring.Comparison;
using KafkaDatasets.Monitoring.Joining;
using KafkaDatasets.Monitoring.Metrics;
using KafkaDatasets.Monitoring.Reports;
using KafkaDatasets.Monitoring.Streams;
using KafkaDatasets.Rows;
using Microsoft.Extensions.Logging;

namespace KafkaDatasets.Monitoring;

/// <summary>One run of a monitor: two topics are read, joined and counted. The operator is the same for history and for topics that are followed.</summary>
internal sealed class MonitorRun : IAsyncDisposable
{
    /// <summary>How often partitions are asked for records that have not been read.</summary>
    private static readonly TimeSpan ClockInterval = TimeSpan.FromSeconds(1);

    /// <summary>How often the report is written while topics are followed, in units of <see cref="ClockInterval"/>.</summary>
    private const int ReportIntervals = 10;

    /// <summary>How many rows are read at a time; fewer if few may wait.</summary>
    private const int MostBlockRows = 4096;

    /// <summary>How long a topic that is ahead waits for the other one, of which no row comes, in units of <see cref="ClockInterval"/>.</summary>
    private const int MostHeldIntervals = 10;

    private readonly Lock _gate = new();
    private readonly MonitorOptions _options;
    private readonly ILogger _logger;
    private readonly RowFeed _scores;
    private readonly RowFeed _labels;
    private readonly PredictionReader _predictions;
    private readonly InputTopics _topics = new();
    private readonly ScoreReader _scoreReader;
    private readonly LabelReader _labelReader;
    private readonly LabelJoin _join;
    private readonly MonitorBoard _board;
    private readonly RecentProfile? _recent;
    private readonly Channel<WindowRecord> _windows = Channel.CreateUnbounded<WindowRecord>();
    private readonly int _blockRows;
    private readonly int _heldIntervals;
    private TaskCompletionSource _progress = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _overflows;
    private bool _isLengthLogged;
    private bool _isRangeLogged;
    private bool _isLateLogged;
    private bool _isForeignLogged;

    public MonitorRun(MonitorOptions options, RowFeed scores, RowFeed labels, ILogger logger)
    {
        _options = options;
        _logger = logger;
        _scores = scores;
        _labels = labels;
        _blockRows = Math.Clamp(options.MaxWaitingRows / 10, 1, MostBlockRows);

        // A topic that is held back must not count as idle because of that.
        _heldIntervals = options.StopAt is StopAt.IdleStop idle ? Math.Clamp((int)(idle.Duration / ClockInterval / 2), 1, MostHeldIntervals) : MostHeldIntervals;
        var faults = new List<string>();
        _predictions = PredictionReader.Of(scores.Schema, labels.Roles, options, faults);
        IReadOnlyList<string> scoreColumns = ScoreReader.ColumnsOf(scores.Schema, options, faults);
        IReadOnlyList<string> labelColumns = LabelReader.ColumnsOf(labels.Schema, labels.Roles, options, faults);
        if (options.Segment is { } segment && !scores.Schema.TryGetColumn(segment, out _) && !labels.Schema.TryGetColumn(segment, out _))
        {
            faults.Add($"{nameof(MonitorOptions.Segment)}: neither topic '{options.ScoresTopic}' nor topic '{options.LabelsTopic}' has a column '{segment}'");
        }

        InvalidOptionsException.ThrowIfAny(nameof(MonitorOptions), faults);
        scores.Choose(withFeatures: false, _predictions.Numbers, [.. _predictions.Columns.Concat(scoreColumns).Distinct()], _blockRows);
        labels.Choose(withFeatures: options.Reference is not null, [], labelColumns, _blockRows);
        _scoreReader = new ScoreReader(scores.Layout, scores.Schema, _predictions, options, _topics);
        _labelReader = new LabelReader(labels.Layout, labels.Schema, options, _topics);
        _board = new MonitorBoard(_predictions.CreateAccumulator, options.Window, options.CreateDetector, OnWindow);
        _join = new LabelJoin((long)options.Grace.TotalMilliseconds, options.MaxWaitingRows, _board.Add);
        _recent = options.Reference is { } reference ? new RecentProfile(reference, options.Thresholds, labels.Layout, options.ReferenceRows) : null;
        if (_recent is { HasColumns: false })
        {
            string names = options.Reference!.Columns is { Count: > 0 } columns ? string.Join(", ", columns.Select(c => c.Name)) : "no columns";
            InvalidOptionsException.ThrowIfAny(
                nameof(MonitorOptions),
                [$"{nameof(MonitorOptions.Reference)} has {names}, and topic '{options.LabelsTopic}' has none of them: choose the profile of this topic, or leave {nameof(MonitorOptions.Reference)} out"]);
        }
    }

    /// <summary>Reads both topics to their ends.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task writing = EndingOnFailureAsync(WriteWindowsAsync, ending);
        try
        {
            if (_options.Live is null)
            {
                await ReadHistoryAsync(ending.Token).ConfigureAwait(false);
            }
            else
            {
                await FollowAsync(ending.Token).ConfigureAwait(false);
            }

            lock (_gate)
            {
                _join.Complete();
                WarnOfForeign();
                _board.Complete();
                _recent?.Complete();
            }

            WarnOfNothing(ToResult());
        }
        catch (Exception e)
        {
            _windows.Writer.TryComplete();
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (e is OperationCanceledException)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await writing.ConfigureAwait(false); // reading ended because the windows cannot be written
            }

            throw;
        }

        _windows.Writer.TryComplete();
        await writing.ConfigureAwait(false);
    }

    public MonitorResult ToResult()
    {
        lock (_gate)
        {
            return new MonitorResult(_board.ToReports())
            {
                Scores = _scoreReader.Rows,
                Labels = _labelReader.Rows,
                UnusableScores = _scoreReader.Unusable + _join.ForeignScores,
                UnusableLabels = _labelReader.Unusable,
                DoubledScores = _join.DoubledScores,
                DoubledLabels = _join.DoubledLabels,
                LateScores = _join.LateScores,
                UnusedLabels = _join.UnusedLabels,
                Waiting = _join.Waiting,
                Drift = _recent?.Latest,
            };
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _scores.DisposeAsync().ConfigureAwait(false);
        await _labels.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Says why there are no figures, although there are scores: options that do not fit would otherwise look like an empty topic.</summary>
    private void WarnOfNothing(MonitorResult result)
    {
        if (result.Scores > 0 && result.Models.All(m => m.Metrics.Rows == 0))
        {
            Log.NothingJoined(_logger, result.Scores, _options.ScoresTopic, result.Labels, _options.LabelsTopic, result.UnusableScores, result.Models.Sum(m => m.Metrics.Unmatched), _options.Grace, result.LateScores, result.UnusableLabels);
        }
    }

    /// <summary>Reads the topics in step, so that few rows wait: always the one that is behind in time, or, at the same time, in its range.</summary>
    private async Task ReadHistoryAsync(CancellationToken cancellationToken)
    {
        bool hasScores = true;
        bool hasLabels = true;
        while (hasScores || hasLabels)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int order = _scores.Clock.Time.CompareTo(_labels.Clock.Time);
            if (hasLabels && (!hasScores || order > 0 || (order == 0 && _labels.Progress <= _scores.Progress)))
            {
                hasLabels = await ReadLabelsAsync(cancellationToken).ConfigureAwait(false);
            }
            else
            {
                hasScores = await ReadScoresAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task scores = EndingOnFailureAsync(token => LoopAsync(ReadScoresAsync, (LiveFeed)_scores, (LiveFeed)_labels, token), ending);
        Task labels = EndingOnFailureAsync(token => LoopAsync(ReadLabelsAsync, (LiveFeed)_labels, (LiveFeed)_scores, token), ending);
        Task clock = EndingOnFailureAsync(TickAsync, ending);
        await Task.WhenAll(scores, labels).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await ending.CancelAsync().ConfigureAwait(false);
        await clock.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();

        // Of several, the one that failed, not those that were cancelled because of it; the clock is always cancelled.
        await Task.WhenAll(clock.IsFaulted ? [scores, labels, clock] : [scores, labels]).ConfigureAwait(false);

        async Task LoopAsync(Func<CancellationToken, Task<bool>> read, LiveFeed feed, LiveFeed other, CancellationToken token)
        {
            do
            {
                await WaitForRoomAsync(feed, other, token).ConfigureAwait(false);
            }
            while (await read(token).ConfigureAwait(false));
        }
    }

    /// <summary>Holds a topic back that is ahead of the other one in time, when no more rows may wait: what it has would go before the other topic has it too.</summary>
    private async Task WaitForRoomAsync(LiveFeed feed, LiveFeed other, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task progress;
            lock (_gate)
            {
                if (_join.Held + _blockRows <= _options.MaxWaitingRows || feed.Clock.Greatest <= other.Clock.Greatest || other.IsQuiet(_heldIntervals))
                {
                    return;
                }

                progress = _progress.Task;
            }

            await progress.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Runs a part of the run; when it fails, the others end.</summary>
    private static async Task EndingOnFailureAsync(Func<CancellationToken, Task> part, CancellationTokenSource ending)
    {
        try
        {
            await part(ending.Token).ConfigureAwait(false);
        }
        catch
        {
            await ending.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Lets time pass where no records come, and writes the report.</summary>
    private async Task TickAsync(CancellationToken cancellationToken)
    {
        // A timer counts elapsed time: when the machine's clock jumps, nothing happens.
        using var timer = new PeriodicTimer(ClockInterval, _options.TimeProvider);
        for (int tick = 1; await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false); tick++)
        {
            await UpdateAsync((LiveFeed)_scores, cancellationToken).ConfigureAwait(false);
            await UpdateAsync((LiveFeed)_labels, cancellationToken).ConfigureAwait(false);
            if (tick % ReportIntervals == 0 && _options.ReportFile is { } file)
            {
                await ReportFile.WriteAsync(file, ToResult().ToHtml(HtmlReport.TitleOf(_options)), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task UpdateAsync(LiveFeed feed, CancellationToken cancellationToken)
    {
        int[]? behind = null;
        try
        {
            behind = await feed.BehindAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (KafkaDatasetException)
        {
            // Reading has its own time-out, and says what is wrong.
        }

        lock (_gate)
        {
            feed.OnTick(behind);
            Advance();
        }
    }

    /// <summary>Whether there are rows of a kind that is logged, and was not logged before.</summary>
    private static bool IsFirst(long rows, ref bool isLogged)
    {
        bool isFirst = rows > 0 && !isLogged;
        isLogged |= isFirst;
        return isFirst;
    }

    private async Task<bool> ReadScoresAsync(CancellationToken cancellationToken)
    {
        RowBlock? block = await _scores.ReadAsync(cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            if (block is null)
            {
                _scores.Clock.End();
            }
            else
            {
                _scoreReader.Read(block, _join, _board, _scores.Clock);
                _scores.OnRead(block);
                if (IsFirst(_predictions.WrongLengths, ref _isLengthLogged))
                {
                    Log.ScoresOfOtherNumber(_logger, _options.ScoresTopic);
                }

                if (IsFirst(_predictions.OutOfRange, ref _isRangeLogged))
                {
                    Log.ProbabilitiesOutOfRange(_logger, _options.ScoresTopic, _options.Probability);
                }

                if (IsFirst(_join.LateScores, ref _isLateLogged))
                {
                    Log.ScoresLate(_logger, _options.ScoresTopic, _options.Grace, _join.GivenTo);
                }
            }

            Advance();
        }

        return block is not null;
    }

    private async Task<bool> ReadLabelsAsync(CancellationToken cancellationToken)
    {
        RowBlock? block = await _labels.ReadAsync(cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            if (block is null)
            {
                _labels.Clock.End();
            }
            else
            {
                _labelReader.Read(block, _join, _labels.Clock);
                _labels.OnRead(block);
                if (_recent is not null && _recent.Add(block) && _recent.Latest is { IsDrifted: true } drift)
                {
                    Log.ColumnsDrifted(_logger, _options.LabelsTopic, drift.Current.Rows, string.Join("; ", drift.Drifted.Select(c => $"{c.Name}: {string.Join(", ", c.Reasons)}")));
                }
            }

            Advance();
        }

        return block is not null;
    }

    private void Advance()
    {
        _join.Advance(_scores.Clock.Time, _labels.Clock.Time);
        WarnOfForeign();
        if (_join.Overflows > _overflows)
        {
            if (_overflows == 0)
            {
                Log.TooManyWaiting(_logger, _options.ScoresTopic, _options.LabelsTopic, _options.MaxWaitingRows);
            }

            _overflows = _join.Overflows;
        }

        _progress.TrySetResult();
        _progress = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private void WarnOfForeign()
    {
        if (IsFirst(_join.ForeignScores, ref _isForeignLogged))
        {
            Log.ScoresOfOtherTopic(_logger, _options.ScoresTopic, _topics.NameOf(_join.ForeignTopic), _options.LabelsTopic, _topics.NameOf(_join.LabelTopics.Min()));
        }
    }

    private void OnWindow(string version, MetricsWindow window)
    {
        MonitorInstruments.Record(_options.ScoresTopic, version, window.Metrics);
        if (_options.ResultsTopic is not null)
        {
            _windows.Writer.TryWrite(WindowRecord.Of(version, window));
        }
    }

    private async Task WriteWindowsAsync(CancellationToken cancellationToken)
    {
        if (_options.ResultsTopic is not { } topic)
        {
            return;
        }

        var writing = new KafkaWriterOptions
        {
            BootstrapServers = _options.Scores.BootstrapServers,
            ClientConfig = _options.Scores.ClientConfig,
            OAuthBearerTokenProvider = _options.Scores.OAuthBearerTokenProvider,
            Format = WriteFormat.Json,
            Framing = SchemaFraming.None,
            Key = nameof(WindowRecord.Version),
            Partitions = 1,
            Timeout = _options.Scores.Timeout,
            LoggerFactory = _options.Scores.LoggerFactory,
        };
        await using KafkaRecordWriter<WindowRecord> writer = await KafkaRecordWriter<WindowRecord>.OpenAsync(topic, writing, cancellationToken).ConfigureAwait(false);
        while (await _windows.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            while (_windows.Reader.TryRead(out WindowRecord? window))
            {
                await writer.WriteAsync(window, cancellationToken).ConfigureAwait(false);
            }

            await writer.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
