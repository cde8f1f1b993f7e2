using System.Diagnostics.Tracing;

namespace KafkaDatasets.Testing;

/// <summary>Counts the arrays that are out of the process's shared pools, by the pools' own events.</summary>
internal sealed class ArrayPoolWatch : EventListener
{
    private const int Rented = 1;
    private const int Returned = 3;

    private long _out;

    /// <summary>Arrays rented and not returned since the watch began.</summary>
    public long Out => Interlocked.Read(ref _out);

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == "System.Buffers.ArrayPoolEventSource")
        {
            EnableEvents(eventSource, EventLevel.Verbose);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventSource.Name == "System.Buffers.ArrayPoolEventSource")
        {
            Interlocked.Add(ref _out, eventData.EventId switch
            {
                Rented => 1,
                Returned => -1,
                _ => 0,
            });
        }
    }
}
