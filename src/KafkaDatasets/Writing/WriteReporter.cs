using System.Diagnostics;
using KafkaDatasets.Diagnostics;

namespace KafkaDatasets.Writing;

/// <summary>Reports a writer's progress to the options' <c>Progress</c>, to the meter, and in one activity for the writer's lifetime.</summary>
internal sealed class WriteReporter(string topic, Deliveries deliveries, KafkaWriterOptions options) : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly KeyValuePair<string, object?>[] _tags = Instruments.TagsOf(topic, Instruments.Send);
    private readonly Activity? _activity = Instruments.Start(topic, Instruments.Send, ActivityKind.Producer);
    private readonly long _started = options.TimeProvider.GetTimestamp();
    private long _last = options.TimeProvider.GetTimestamp();
    private long _counted;
    private (long Rows, long Acknowledged, long Bytes)? _reported;

    /// <summary>Reports progress if enough time has passed since the last report.</summary>
    public void ReportNowAndThen()
    {
        if (options.TimeProvider.GetElapsedTime(_last) >= Interval)
        {
            Report();
        }
    }

    /// <summary>Reports now, unless nothing has changed since the last report.</summary>
    public void Report()
    {
        long acknowledged = deliveries.Acknowledged;
        Instruments.RowsWritten.Add(acknowledged - _counted, _tags);
        _counted = acknowledged;
        _last = options.TimeProvider.GetTimestamp();
        if (_reported == (deliveries.Rows, acknowledged, deliveries.Bytes))
        {
            return;
        }

        _reported = (deliveries.Rows, acknowledged, deliveries.Bytes);
        options.Progress?.Report(new WriteProgress(topic, deliveries.Rows, acknowledged, deliveries.Bytes, options.TimeProvider.GetElapsedTime(_started)));
    }

    public void Fail(Exception exception)
    {
        Report();
        Instruments.Fail(_activity, exception);
    }

    public void Dispose()
    {
        Instruments.End(_activity, deliveries.Acknowledged);
    }
}
