using KafkaDatasets.Diagnostics;
using KafkaDatasets.Ranges;

namespace KafkaDatasets.Live;

/// <summary>Checks from time to time that the followed topic still exists and is the same one, and measures the lag of the member's partitions while somebody observes that metric.</summary>
internal sealed class TopicWatch : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan MissingInterval = TimeSpan.FromSeconds(1);

    private readonly LiveSession _session;
    private readonly LiveInstruments _instruments;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;
    private long? _missingSince;

    public TopicWatch(LiveSession session, LiveInstruments instruments)
    {
        _session = session;
        _instruments = instruments;
        _loop = Task.Run(RunAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            await _session.WaitForAssignmentAsync(_stop.Token).ConfigureAwait(false);
            while (true)
            {
                await TryAsync(CheckTopicAsync).ConfigureAwait(false);
                if (LiveInstruments.IsLagWanted)
                {
                    await TryAsync(MeasureAsync).ConfigureAwait(false);
                }

                await Task.Delay(_missingSince is null ? Interval : MissingInterval, _session.Time, _stop.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The member leaves the group.
        }
    }

    /// <summary>The group's consumer reports nothing about a deleted topic: it waits for the topic to appear again.</summary>
    private async ValueTask CheckTopicAsync()
    {
        try
        {
            _session.Recognize(await _session.Dataset.Engine.DescribeTopicAsync(_session.Topic, _stop.Token).ConfigureAwait(false));
            _missingSince = null;
        }
        catch (DataLossException e)
        {
            _session.OnFailed(e);
        }
        catch (TopicNotFoundException e)
        {
            // A broker that has just started may not know the topic yet.
            _missingSince ??= _session.Time.GetTimestamp();
            if (_session.Time.GetElapsedTime(_missingSince.Value) >= ReadFaults.DeletionGrace)
            {
                _session.OnFailed(_session.Deleted(e));
            }
        }
    }

    private async ValueTask MeasureAsync() => _instruments.SetLag(await _session.GetLagAsync(_stop.Token).ConfigureAwait(false));

    private async ValueTask TryAsync(Func<ValueTask> step)
    {
        try
        {
            await step().ConfigureAwait(false);
        }
        catch (KafkaDatasetException e)
        {
            Log.ClientError(_session.Dataset.Context.Logger, e.Message); // the brokers are away; the next round tries again
        }
    }
}
