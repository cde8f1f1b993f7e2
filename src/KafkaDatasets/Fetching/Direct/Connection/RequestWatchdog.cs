namespace KafkaDatasets.Fetching.Direct.Connection;

/// <summary>Ends a request that takes too long, or during which no byte arrives for too long, at the cost of one timestamp per read.</summary>
internal sealed class RequestWatchdog : IDisposable
{
    private static readonly TimeSpan LeastPeriod = TimeSpan.FromMilliseconds(10);
    private readonly TimeProvider _timeProvider;
    private readonly Func<int> _bytesWaiting;
    private readonly Action _onFired;
    private readonly ITimer _timer;
    private long _started;
    private long _touched;
    private TimeSpan _silence;
    private TimeSpan _total;
    private int _waiting;
    private volatile string? _reason;
    private volatile bool _running;

    /// <param name="timeProvider">The clock.</param>
    /// <param name="bytesWaiting">The number of bytes that have arrived but have not been read; a change means that bytes arrived, although no reader was woken.</param>
    /// <param name="onFired">Ends the request.</param>
    public RequestWatchdog(TimeProvider timeProvider, Func<int> bytesWaiting, Action onFired)
    {
        _timeProvider = timeProvider;
        _bytesWaiting = bytesWaiting;
        _onFired = onFired;
        _timer = timeProvider.CreateTimer(static w => ((RequestWatchdog)w!).Check(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public bool HasFired => _reason is not null;

    /// <summary>Why the watchdog fired.</summary>
    public string? Reason => _reason;

    public void Start(TimeSpan silence, TimeSpan total)
    {
        _silence = silence;
        _total = total;
        Resume();
    }

    /// <summary>Starts again with the same limits.</summary>
    public void Resume()
    {
        long now = _timeProvider.GetTimestamp();
        Volatile.Write(ref _started, now);
        Volatile.Write(ref _touched, now);
        _running = true;
        TimeSpan period = TimeSpan.FromTicks(Math.Max(Math.Min(_silence.Ticks, _total.Ticks) / 4, LeastPeriod.Ticks));
        _timer.Change(period, period);
    }

    /// <summary>Records that bytes arrived.</summary>
    public void Touch() => Volatile.Write(ref _touched, _timeProvider.GetTimestamp());

    public void Stop()
    {
        _running = false;
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer.Dispose();

    private void Check()
    {
        if (!_running)
        {
            return;
        }

        int waiting = _bytesWaiting();
        if (waiting != _waiting)
        {
            _waiting = waiting;
            Touch();
        }

        if (_timeProvider.GetElapsedTime(Volatile.Read(ref _touched)) >= _silence)
        {
            Fire(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"no byte was received for {_silence.TotalSeconds:0.#} s"));
        }
        else if (_timeProvider.GetElapsedTime(Volatile.Read(ref _started)) >= _total)
        {
            Fire(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"the response was not complete after {_total.TotalSeconds:0.#} s (socket.timeout.ms)"));
        }
    }

    private void Fire(string reason)
    {
        _reason = reason;
        _onFired();
    }
}
