using KafkaDatasets.Diagnostics;

namespace KafkaDatasets.Live;

/// <summary>Measures the lag of a member's partitions from time to time, as long as somebody observes the metric.</summary>
internal sealed class LagWatch : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly LiveSession _session;
    private readonly LiveInstruments _instruments;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    public LagWatch(LiveSession session, LiveInstruments instruments)
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
                if (LiveInstruments.IsLagWanted)
                {
                    await MeasureAsync().ConfigureAwait(false);
                }

                await Task.Delay(Interval, _session.Time, _stop.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The member leaves the group.
        }
    }

    private async ValueTask MeasureAsync()
    {
        try
        {
            _instruments.SetLag(await _session.GetLagAsync(_stop.Token).ConfigureAwait(false));
        }
        catch (KafkaDatasetException e)
        {
            Log.ClientError(_session.Dataset.Context.Logger, e.Message); // it is only a measurement
        }
    }
}
