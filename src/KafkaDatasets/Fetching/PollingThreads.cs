namespace KafkaDatasets.Fetching;

/// <summary>
/// Two threads of which one polls. The one that polls can leave polling for a while, to run the code that waits for what was polled: that code need not wait until another thread wakes.
/// If it does not come back in a moment, the other thread goes on polling.
/// </summary>
/// <param name="name">The name of the threads.</param>
/// <param name="poll">Polls until a wait is to be completed; null at the end.</param>
internal sealed class PollingThreads(string name, Func<PollingThreads.Absence?> poll)
{
    /// <summary>How often the other thread looks whether anybody polls.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(20);

    private readonly object _gate = new();
    private bool _isPolling;
    private bool _isHandedOver = true;
    private bool _hasEnded;
    private long _absences;
    private int _idle;

    /// <summary>Completes a wait on a thread of the pool.</summary>
    public static void CompleteElsewhere(TaskCompletionSource waiter) => ThreadPool.UnsafeQueueUserWorkItem(static w => w.SetResult(), waiter, preferLocal: false);

    public void Start()
    {
        for (int i = 0; i < 2; i++)
        {
            new Thread(Run) { IsBackground = true, Name = name }.Start();
        }
    }

    private void Run()
    {
        for (bool isBack = false; TryBegin(isBack); isBack = true)
        {
            Absence? absence = poll();
            while (absence is { } busy && Volatile.Read(ref _idle) == 0)
            {
                CompleteElsewhere(busy.Waiter); // the other thread is still away, so this one goes on polling
                absence = poll();
            }

            Leave(isHandedOver: absence?.IsLong != false, hasEnded: absence is null);
            absence?.Waiter.SetResult();
        }
    }

    /// <summary>Waits until this thread is to poll; false at the end.</summary>
    /// <param name="isBack">Whether the thread has polled before.</param>
    private bool TryBegin(bool isBack)
    {
        lock (_gate)
        {
            _idle++;
            for (long absence = 0; _isPolling || !(isBack || _isHandedOver || absence == _absences); Monitor.Wait(_gate, Moment))
            {
                absence = _isPolling ? 0 : _absences; // if it is still the same at the next look, it takes too long
                isBack = false;
            }

            _idle--;
            _isPolling = !_hasEnded;
            return _isPolling;
        }
    }

    private void Leave(bool isHandedOver, bool hasEnded)
    {
        lock (_gate)
        {
            _absences++;
            _isPolling = false;
            _isHandedOver = isHandedOver;
            _hasEnded = hasEnded;
            if (isHandedOver)
            {
                Monitor.Pulse(_gate);
            }
        }
    }

    /// <summary>What a thread does without polling.</summary>
    /// <param name="Waiter">The wait that it completes.</param>
    /// <param name="IsLong">Whether the other thread is to go on polling at once.</param>
    public readonly record struct Absence(TaskCompletionSource Waiter, bool IsLong);
}
