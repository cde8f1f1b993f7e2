
namespace KafkaDatasets;

/// <summary>The brokers cannot be reached, did not respond in time, denied access, or responded with an error.</summary>
public sealed class BrokerException : KafkaDatasetException
{
    internal BrokerException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>Whether the credentials were rejected or access was denied, so that retrying does not help.</summary>
    public bool IsAccessDenied { get; init; }

    /// <summary>Kafka's error code; null if no broker returned one.</summary>
    public int? ErrorCode { get; init; }
}
