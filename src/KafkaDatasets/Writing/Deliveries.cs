namespace KafkaDatasets.Writing;

/// <summary>
/// Counts the rows of one writer that were passed to librdkafka, acknowledged and refused. One call at a time passes rows; librdkafka's threads settle them.
/// </summary>
internal sealed class Deliveries
{
    private long _rows;
    private long _acknowledged;
    private long _refused;
    private DeliveryFailure? _failure;
    private Waiter? _waiter;

    /// <summary>The number of rows passed to librdkafka.</summary>
    public long Rows => Volatile.Read(ref _rows);

    /// <summary>The total size of the values passed to librdkafka, in bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>The number of rows acknowledged.</summary>
    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <summary>The number of rows acknowledged or refused.</summary>
    public long Settled => Interlocked.Read(ref _acknowledged) + Interlocked.Read(ref _refused);

    /// <summary>The number of rows that are neither acknowledged nor refused yet.</summary>
    public long Outstanding => Rows - Settled;

    /// <summary>The first refusal, or null if there is none.</summary>
    public DeliveryFailure? Failure => Volatile.Read(ref _failure);

    /// <summary>Counts a row before it is passed to librdkafka, which may settle it immediately.</summary>
    public void Give() => Volatile.Write(ref _rows, _rows + 1);

    /// <summary>Records that the queue has accepted the row.</summary>
    public void Taken(int bytes) => Bytes += bytes;

    /// <summary>Records that the queue had no room for the row.</summary>
    public void TakeBack() => Volatile.Write(ref _rows, _rows - 1);

    public void Acknowledge()
    {
        Interlocked.Increment(ref _acknowledged);
        Wake();
    }

    /// <returns>Whether it is the first refusal.</returns>
    public bool Refuse(DeliveryFailure failure)
    {
        bool isFirst = Interlocked.CompareExchange(ref _failure, failure, null) is null;
        Interlocked.Increment(ref _refused);
        Wake();
        return isFirst;
    }

    /// <summary>Waits until at most a number of rows are outstanding, or a row is refused.</summary>
    /// <exception cref="TimeoutException">More rows are still outstanding.</exception>
    public async Task WaitAsync(long atMost, TimeSpan timeout, TimeProvider clock, CancellationToken cancellationToken)
    {
        var waiter = new Waiter(atMost);
        Interlocked.Exchange(ref _waiter, waiter);
        Wake();
        try
        {
            await waiter.Done.Task.WaitAsync(timeout, clock, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Exchange(ref _waiter, null);
        }
    }

    private void Wake()
    {
        if (Volatile.Read(ref _waiter) is { } waiter && (Outstanding <= waiter.AtMost || Failure is not null))
        {
            waiter.Done.TrySetResult();
        }
    }

    private sealed class Waiter(long atMost)
    {
        public long AtMost { get; } = atMost;

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
