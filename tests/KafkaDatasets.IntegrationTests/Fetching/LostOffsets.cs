using System.Diagnostics.Metrics;

namespace KafkaDatasets.IntegrationTests.Fetching;

/// <summary>Counts what the meter says of lost offsets of a topic.</summary>
internal sealed class LostOffsets : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _count;

    public LostOffsets(string topic)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument is { Name: "kafkadatasets.offsets.lost", Meter.Name: "KafkaDatasets" })
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            foreach ((string name, object? tag) in tags)
            {
                if (name == "messaging.destination.name" && topic.Equals(tag))
                {
                    Interlocked.Add(ref _count, value);
                }
            }
        });
        _listener.Start();
    }

    public long Count => Interlocked.Read(ref _count);

    public void Dispose() => _listener.Dispose();
}
