namespace KafkaDatasets.Fetching.Direct.Protocol;

/// <summary>The Kafka error codes that the engine distinguishes.</summary>
internal enum ErrorCode : short
{
    UnknownServerError = -1,
    None = 0,
    OffsetOutOfRange = 1,
    CorruptMessage = 2,
    UnknownTopicOrPartition = 3,
    LeaderNotAvailable = 5,
    NotLeaderOrFollower = 6,
    RequestTimedOut = 7,
    BrokerNotAvailable = 8,
    ReplicaNotAvailable = 9,
    NetworkException = 13,
    InvalidTopic = 17,
    TopicAuthorizationFailed = 29,
    ClusterAuthorizationFailed = 31,
    UnsupportedSaslMechanism = 33,
    IllegalSaslState = 34,
    UnsupportedVersion = 35,
    UnsupportedForMessageFormat = 43,
    KafkaStorageError = 56,
    SaslAuthenticationFailed = 58,
    ListenerNotFound = 72,
    FencedLeaderEpoch = 74,
    UnknownLeaderEpoch = 75,
    UnsupportedCompressionType = 76,
    OffsetNotAvailable = 78,
    UnknownTopicId = 100,
    InconsistentTopicId = 103,
}
