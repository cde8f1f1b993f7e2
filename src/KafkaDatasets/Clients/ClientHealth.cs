using Confluent.Kafka;
using KafkaDatasets.Diagnostics;
using Microsoft.Extensions.Logging;

namespace KafkaDatasets.Clients;

/// <summary>Tracks what a Confluent.Kafka client reports about its connections: the client retries forever, and this class identifies errors that no retry will fix.</summary>
/// <param name="logger">The logger.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class ClientHealth(ILogger logger, TimeProvider timeProvider)
{
    /// <summary>How long errors of one kind are only counted after one of them was logged: while no broker responds, a client reports up to 20 a second.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<ErrorCode, (long Logged, int More)> _kinds = [];
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
        LogSparingly(error);
        if (_last is null || error.Code != ErrorCode.Local_AllBrokersDown)
        {
            _last = error;
        }

        if (error.IsFatal || (ClientErrors.IsAccessDenied(error) && !IsMissedRefresh(error)))
        {
            _hopeless.TrySetResult(error);
        }
    }

    /// <summary>Logs an error, unless one of its kind was logged a moment ago.</summary>
    private void LogSparingly(Error error)
    {
        long now = timeProvider.GetTimestamp();
        int more;
        lock (_lock)
        {
            if (_kinds.TryGetValue(error.Code, out (long Logged, int More) kind) && timeProvider.GetElapsedTime(kind.Logged, now) < Quiet)
            {
                _kinds[error.Code] = kind with { More = kind.More + 1 };
                return;
            }

            more = kind.More;
            _kinds[error.Code] = (now, 0);
        }

        Log.ClientError(logger, $"{error.Code}: {error.Reason}{(more > 0 ? $" ({more} more of the kind since the last one that was logged)" : "")}");
    }

    /// <summary>Whether a token could not be renewed while the previous one is still valid.</summary>
    private bool IsMissedRefresh(Error error) =>
        Tokens is { HasValidToken: true } && error.Code == ErrorCode.Local_Authentication && error.Reason.Contains("acquire SASL OAUTHBEARER token", StringComparison.Ordinal);
}
