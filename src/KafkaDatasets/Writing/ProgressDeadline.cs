namespace KafkaDatasets.Writing;

/// <summary>Expires when no row has been settled for a given time.</summary>
internal sealed class ProgressDeadline(Deliveries deliveries, TimeSpan timeout, TimeProvider clock)
{
    private long _settled = deliveries.Settled;
    private long _since = clock.GetTimestamp();

    /// <summary>Begins to wait anew if rows have been settled since the last look.</summary>
    /// <returns>Whether the time is over.</returns>
    public bool Observe()
    {
        long settled = deliveries.Settled;
        if (settled != _settled)
        {
            (_settled, _since) = (settled, clock.GetTimestamp());
        }

        return clock.GetElapsedTime(_since) >= timeout;
    }
}
