using Confluent.Kafka;
using KafkaDatasets.Diagnostics;
using Microsoft.Extensions.Logging;

namespace KafkaDatasets.Clients;

/// <summary>Tracks what a Confluent.Kafka client reports about its connections: the client retries forever, and this class identifies errors that no retry will fix.</summary>
internal sealed class ClientHealth(ILogger logger)
{
    private readonly TaskCompletionSource<Error> _hopeless = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Error? _last;

    /// <summary>Completes with the first error that no retry will fix: rejected credentials or certificates, or a fatal error of the client.</summary>
    public Task<Error> Hopeless => _hopeless.Task;

    /// <summary>The source of the client's OAUTHBEARER tokens; null when it uses none.</summary>
    public TokenRefresh? Tokens { get; set; }

    /// <summary>The last error that a connection reported, or null.</summary>
    public Error? Last => _last;

    public void Report(Error error)
    {
        Log.ClientError(logger, $"{error.Code}: {error.Reason}");
        if (_last is null || error.Code != ErrorCode.Local_AllBrokersDown)
        {
            _last = error;
        }

        if (error.IsFatal || (ClientErrors.IsAccessDenied(error) && !IsMissedRefresh(error)))
        {
            _hopeless.TrySetResult(error);
        }
    }

    /// <summary>Whether a token could not be renewed while the previous one is still valid.</summary>
    private bool IsMissedRefresh(Error error) =>
        Tokens is { HasValidToken: true } && error.Code == ErrorCode.Local_Authentication && error.Reason.Contains("acquire SASL OAUTHBEARER token", StringComparison.Ordinal);
}
