using Confluent.Kafka;

namespace KafkaDatasets.Writing;

/// <summary>What a producer's errors mean.</summary>
internal static class ProducerErrors
{
    public static bool IsAccessDenied(Error error) => error.Code
        is ErrorCode.Local_Authentication
        or ErrorCode.SaslAuthenticationFailed
        or ErrorCode.TopicAuthorizationFailed
        or ErrorCode.ClusterAuthorizationFailed
        or ErrorCode.TransactionalIdAuthorizationFailed;

    public static string Describe(Error error, string? topic = null) => error.Code switch
    {
        ErrorCode.MsgSizeTooLarge or ErrorCode.RecordListTooLarge or ErrorCode.InvalidMsgSize
            => $"{error.Reason}. The value or its batch is larger than message.max.bytes (ClientConfig) or the topic's max.message.bytes allows",
        _ when IsAccessDenied(error) => $"{error.Reason}. Check the credentials and the access rights{(topic is null ? "" : $" (write and describe on topic '{topic}')")}",
        _ => error.Reason,
    };

    public static BrokerException ToBrokerException(Error error, string doing, string topic, Exception? inner = null)
        => new($"{doing} topic '{topic}' failed: {Describe(error, topic)}.", inner)
        {
            Topic = topic,
            IsAccessDenied = IsAccessDenied(error),
            ErrorCode = error.IsLocalError ? null : (int)error.Code,
        };
}
