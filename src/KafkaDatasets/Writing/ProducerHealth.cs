using Confluent.Kafka;

namespace KafkaDatasets.Writing;

/// <summary>What librdkafka says of its connections: the last error, and whether one makes trying again useless.</summary>
internal sealed class ProducerHealth
{
    private readonly TaskCompletionSource<Error> _hopeless = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Error? _last;

    /// <summary>Done with the error that no retry helps against: refused credentials, or a fatal error of the producer.</summary>
    public Task<Error> Hopeless => _hopeless.Task;

    /// <summary>The last error that a connection reported, or null.</summary>
    public Error? Last => _last;

    public void Report(Error error)
    {
        if (error.Code != ErrorCode.Local_AllBrokersDown || _last is null)
        {
            _last = error;
        }

        if (error.IsFatal || ProducerErrors.IsAccessDenied(error))
        {
            _hopeless.TrySetResult(error);
        }
    }
}
