namespace KafkaDatasets.Fetching.Direct.Protocol;

internal static class ErrorCodes
{
    /// <summary>Whether a retry after a metadata refresh may help.</summary>
    public static bool IsRetriable(this ErrorCode error) => error is
        ErrorCode.UnknownServerError or ErrorCode.CorruptMessage or ErrorCode.UnknownTopicOrPartition or ErrorCode.LeaderNotAvailable
        or ErrorCode.NotLeaderOrFollower or ErrorCode.RequestTimedOut or ErrorCode.BrokerNotAvailable or ErrorCode.ReplicaNotAvailable
        or ErrorCode.NetworkException or ErrorCode.KafkaStorageError or ErrorCode.ListenerNotFound or ErrorCode.FencedLeaderEpoch
        or ErrorCode.UnknownLeaderEpoch or ErrorCode.OffsetNotAvailable or ErrorCode.UnknownTopicId or ErrorCode.InconsistentTopicId;

    public static bool IsAccessDenied(this ErrorCode error) => error is
        ErrorCode.TopicAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed or ErrorCode.SaslAuthenticationFailed
        or ErrorCode.UnsupportedSaslMechanism or ErrorCode.IllegalSaslState;

    /// <summary>The code as text: its name and number.</summary>
    public static string Describe(this ErrorCode error) => $"{error} ({(int)error})";
}
