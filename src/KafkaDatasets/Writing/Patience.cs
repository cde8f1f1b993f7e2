namespace KafkaDatasets.Writing;

/// <summary>Ends when no row has been settled for so long.</summary>
internal sealed class Patience(Deliveries deliveries, TimeSpan timeout, TimeProvider clock)
{
    private long _settled = -1;
    private long _since;

    public bool IsAtEnd
    {
        get
        {
            long settled = deliveries.Settled;
            if (settled != _settled)
            {
                (_settled, _since) = (settled, clock.GetTimestamp());
            }

            return clock.GetElapsedTime(_since) >= timeout;
        }
    }
}
