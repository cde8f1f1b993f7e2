using Confluent.Kafka;
using KafkaDatasets.Diagnostics;
using Microsoft.Extensions.Logging;

namespace KafkaDatasets.Clients;

/// <summary>What a Confluent.Kafka client says of its connections. It tries again for ever, so it is for us to tell what will never succeed.</summary>
internal sealed class ClientHealth(ILogger logger)
{
    private readonly TaskCompletionSource<Error> _hopeless = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Error? _last;

    /// <summary>Done with the error that no retry helps against: refused credentials or certificates, or a fatal error of the client.</summary>
    public Task<Error> Hopeless => _hopeless.Task;

    /// <summary>The last error that a connection reported, or null.</summary>
    public Error? Last => _last;

    public void Report(Error error)
    {
        Log.ClientError(logger, $"{error.Code}: {error.Reason}");
        if (_last is null || error.Code != ErrorCode.Local_AllBrokersDown)
        {
            _last = error;
        }

        if (error.IsFatal || ClientErrors.IsAccessDenied(error))
        {
            _hopeless.TrySetResult(error);
        }
    }
}
