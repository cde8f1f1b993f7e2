using System.Diagnostics;
using KafkaDatasets.Diagnostics;

namespace KafkaDatasets.Writing;

/// <summary>Reports a writer's progress: to the options' progress, the meter, and one activity for the writer's life.</summary>
internal sealed class WriteReporter(string topic, Deliveries deliveries, KafkaWriterOptions options) : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly KeyValuePair<string, object?> _topicTag = new("topic", topic);
    private readonly Activity? _activity = Instruments.Activities.StartActivity("kafkadatasets.write", ActivityKind.Producer, parentContext: default, tags: [new("topic", topic)]);
    private readonly long _started = options.TimeProvider.GetTimestamp();
    private long _last = options.TimeProvider.GetTimestamp();
    private long _counted;
    private (long Rows, long Acknowledged, long Bytes)? _reported;

    /// <summary>Reports if the last report is long enough ago.</summary>
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
        Instruments.RowsWritten.Add(acknowledged - _counted, _topicTag);
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
        _activity?.SetStatus(ActivityStatusCode.Error, exception.Message);
    }

    public void Dispose()
    {
        _activity?.SetTag("rows", deliveries.Acknowledged);
        _activity?.Dispose();
    }
}
