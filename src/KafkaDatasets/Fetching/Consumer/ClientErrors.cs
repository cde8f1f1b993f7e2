using Confluent.Kafka;
using KafkaDatasets.Diagnostics;
using Microsoft.Extensions.Logging;

namespace KafkaDatasets.Fetching.Consumer;

/// <summary>What a client reported in the background: librdkafka tries again for ever, so it is for us to tell what will never succeed.</summary>
internal sealed class ClientErrors(ILogger logger)
{
    private readonly TaskCompletionSource<Error> _denied = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The error reported last that says why brokers cannot be reached.</summary>
    public Error? Last { get; private set; }

    /// <summary>Completes when the credentials, or the certificate, are refused.</summary>
    public Task<Error> AccessDenied => _denied.Task;

    public void Add(Error error)
    {
        Log.ClientError(logger, $"{error.Code}: {error.Reason}");
        if (Last is null || error.Code != ErrorCode.Local_AllBrokersDown)
        {
            Last = error;
        }

        if (error.Code is ErrorCode.Local_Authentication or ErrorCode.Local_Ssl or ErrorCode.SaslAuthenticationFailed or ErrorCode.UnsupportedSaslMechanism || error.IsFatal)
        {
            _denied.TrySetResult(error);
        }
    }
}
