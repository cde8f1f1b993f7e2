using Confluent.Kafka;

namespace KafkaDatasets.Clients;

/// <summary>Interprets the errors of Confluent.Kafka clients.</summary>
internal static class ClientErrors
{
    /// <summary>Whether credentials, certificates or access rights were rejected.</summary>
    public static bool IsAccessDenied(Error error) => error.Code
        is ErrorCode.SaslAuthenticationFailed
        or ErrorCode.UnsupportedSaslMechanism
        or ErrorCode.TopicAuthorizationFailed
        or ErrorCode.ClusterAuthorizationFailed
        or ErrorCode.GroupAuthorizationFailed
        or ErrorCode.TransactionalIdAuthorizationFailed
        || (error.Code == ErrorCode.Local_Authentication && !error.Reason.Contains("handshake failed: Local:", StringComparison.Ordinal)) // a connection that is lost during SASL's handshake is no refusal
        || error.Reason.Contains("SSL alert number", StringComparison.Ordinal)
        || (error.Code == ErrorCode.Local_Ssl && !error.Reason.Contains("isconnected", StringComparison.Ordinal)); // a broker that shuts down also interrupts handshakes

    /// <summary>Whether no broker responded.</summary>
    public static bool IsUnreachable(Error error) => error.Code
        is ErrorCode.Local_TimedOut
        or ErrorCode.Local_TimedOutQueue
        or ErrorCode.Local_Transport
        or ErrorCode.Local_AllBrokersDown
        or ErrorCode.Local_Resolve
        or ErrorCode.RequestTimedOut;

    /// <summary>Whether a partition's leader is unavailable or has changed: a retry may find the new one.</summary>
    public static bool IsLeaderMoving(Error error) => error.Code
        is ErrorCode.LeaderNotAvailable
        or ErrorCode.NotLeaderForPartition
        or ErrorCode.FencedLeaderEpoch
        or ErrorCode.UnknownLeaderEpoch
        or ErrorCode.OffsetNotAvailable
        or ErrorCode.ReplicaNotAvailable
        or ErrorCode.KafkaStorageError
        or ErrorCode.Local_NoEnt; // "No leaders found": the topic exists, but this broker does not know it yet

    /// <summary>Whether the topic or partition does not exist.</summary>
    public static bool IsUnknownTopic(Error error) => error.Code
        is ErrorCode.UnknownTopicOrPart
        or ErrorCode.UnknownTopicId
        or ErrorCode.Local_UnknownTopic
        or ErrorCode.Local_UnknownPartition;

    /// <summary>Whether a topic does not accept a record as it is: each attempt to write it fails, and others may succeed.</summary>
    public static bool IsRecordRefused(Error error) => error.Code
        is ErrorCode.MsgSizeTooLarge
        or ErrorCode.RecordListTooLarge
        or ErrorCode.InvalidMsgSize
        or ErrorCode.InvalidRecord
        or ErrorCode.InvalidTimestamp
        or ErrorCode.Local_InvalidDifferentRecord; // another record of its batch

    /// <summary>Whether writing fails until settings or access rights have been changed.</summary>
    public static bool IsPermanent(Error error) => IsRecordRefused(error) || IsAccessDenied(error) || IsUnknownTopic(error) || error.Code
        is ErrorCode.TopicException
        or ErrorCode.PolicyViolation
        or ErrorCode.UnsupportedForMessageFormat
        or ErrorCode.UnsupportedCompressionType
        or ErrorCode.InvalidConfig;

    /// <summary>The reason, and the remedy if there is one.</summary>
    /// <param name="error">The error.</param>
    /// <param name="needed">The access rights on the topic that are needed.</param>
    public static string Describe(Error error, string needed) => error.Code switch
    {
        ErrorCode.MsgSizeTooLarge or ErrorCode.RecordListTooLarge or ErrorCode.InvalidMsgSize
            => $"{error.Reason}. A value, or the batch with it, is larger than message.max.bytes (ClientConfig) or the topic's max.message.bytes allows: raise them, or, if no value is so large, set batch.size (ClientConfig; a writer's default is 2000000) below the topic's max.message.bytes",
        ErrorCode.InvalidRecord or ErrorCode.Local_InvalidDifferentRecord
            => $"{error.Reason}. If the topic is compacted (cleanup.policy), every record needs a key: that of {nameof(KafkaWriterOptions)}.{nameof(KafkaWriterOptions.Key)}, or, of a score, that of its input",
        ErrorCode.UnsupportedForMessageFormat or ErrorCode.UnsupportedCompressionType
            => $"{error.Reason}. The brokers do not accept this compression or message format: set compression.type (ClientConfig) to one that they do, for example none or gzip",
        ErrorCode.Local_UnsupportedFeature
            => $"{error.Reason}. The brokers are too old for a setting; with old brokers set enable.idempotence (ClientConfig) to false",
        _ when IsAccessDenied(error) => $"{error.Reason}. Check the credentials, the certificates, security.protocol and the access rights ({needed})",
        _ when IsUnknownTopic(error) => $"{error.Reason}. The topic or the partition does not exist (any more): check whether the topic was deleted or recreated, and open it again",
        _ => error.Reason,
    };

    /// <summary>Creates an exception that says what was being done.</summary>
    /// <param name="error">The error.</param>
    /// <param name="doing">What was being done, for example <c>Reading topic 'x' of host:9092</c>.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="needed">The access rights on the topic that are needed.</param>
    /// <param name="background">The last error that a connection reported.</param>
    /// <param name="cause">The exception that carried the error.</param>
    public static KafkaDatasetException ToException(Error error, string doing, string topic, string needed, Error? background = null, Exception? cause = null)
    {
        if (IsUnknownTopic(error))
        {
            return new TopicNotFoundException($"{doing} failed: the topic does not exist, or it may not be described with these credentials. Check its name.", cause) { Topic = topic };
        }

        string why = IsAccessDenied(error) || !IsUnreachable(error) ? Describe(error, needed)
            : $"no broker responded: {(background ?? error).Reason.TrimEnd('.')}. Check the address, the port, and security.protocol: SSL or SASL_SSL where the port expects TLS, PLAINTEXT or SASL_PLAINTEXT where it does not";
        return new BrokerException($"{doing} failed: {why}.", cause)
        {
            Topic = topic,
            IsAccessDenied = IsAccessDenied(error),
            ErrorCode = error.IsLocalError ? null : (int)error.Code,
        };
    }
}
