namespace KafkaDatasets.Tensors;

/// <summary>Admits one caller at a time to an enumerator. A second concurrent caller gets an exception instead of a corrupted pass.</summary>
internal struct SingleCaller
{
    private bool _isBusy;

    /// <summary>Begins a call.</summary>
    /// <param name="topic">The topic, for the message.</param>
    /// <param name="method">The method that starts a pass of its own for another reader.</param>
    /// <exception cref="InvalidOperationException">Another call is in progress.</exception>
    public void Enter(string topic, string method)
    {
        if (Interlocked.Exchange(ref _isBusy, true))
        {
            throw new InvalidOperationException($"The batches of topic '{topic}' are read by two callers at once: await MoveNextAsync before the next call, or {method}.");
        }
    }

    public void Exit() => Volatile.Write(ref _isBusy, false);
}
