using Confluent.Kafka;
using KafkaDatasets.Clients;
using KafkaDatasets.Ranges;

namespace KafkaDatasets.Fetching.Consumer;

/// <summary>A pass with the Confluent.Kafka consumer, on its own thread, which ends with the pass.</summary>
internal sealed class ConsumerRecordSource(FetchContext context, ReadOrder order, long bytes) : IRecordSource
{
    private readonly ConsumerPass _pass = new(context, order, bytes);
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _starting = new();
    private bool _isStarted;

    public ValueTask<RecordChunk?> ReadAsync(long segment, CancellationToken cancellationToken)
    {
        Start();
        return _pass.Queues[order.Segment(segment).PartitionIndex].ReadAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        bool isRunning;
        lock (_starting)
        {
            isRunning = _isStarted;
            _isStarted = true;
        }

        if (isRunning)
        {
            await _ended.Task.ConfigureAwait(false);
        }

        _pass.Dispose();
    }

    private void Start()
    {
        lock (_starting)
        {
            if (!_isStarted)
            {
                _isStarted = true;
                new Thread(Run) { IsBackground = true, Name = $"KafkaDatasets {_pass.Topic}" }.Start();
            }
        }
    }

    private void Run()
    {
        Exception? failure = null;
        _pass.OnEvent();
        try
        {
            while (!Read())
            {
            }
        }
        catch (Exception e)
        {
            failure = e;
        }

        _pass.Complete(failure);
        _ended.SetResult();
    }

    /// <summary>Continues from the partitions' positions with a new client; returns false when another client must continue.</summary>
    private bool Read()
    {
        using var session = new ConsumerSession(_pass, _stop.Token);
        try
        {
            return session.Read();
        }
        catch (BrokenClientException)
        {
            return false;
        }
        catch (LeaderlessException e)
        {
            PartitionQueue late = _pass.FindLate(e.Partitions);
            throw _pass.Faults.Stuck(late.Partition, late.Position, context.Timeout, e.Error.Reason, (int)e.Error.Code, e);
        }
        catch (KafkaException e)
        {
            throw BrokerQueries.ToException(e, _pass.Topic, context.BootstrapServers, _pass.Health.Last);
        }
    }
}
