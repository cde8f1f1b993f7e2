namespace KafkaDatasets.Writing;

/// <summary>Expires when no row has been settled for a given time.</summary>
internal sealed class ProgressDeadline(Deliveries deliveries, TimeSpan timeout, TimeProvider clock)
{
    private long _settled = deliveries.Settled;
    private long _since = clock.GetTimestamp();

    /// <summary>Restarts the wait if rows have been settled since the last call.</summary>
    /// <returns>True if the time has expired.</returns>
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
