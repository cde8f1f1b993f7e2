
namespace KafkaDatasets;

/// <summary>The brokers cannot be reached, did not respond in time, refused the credentials or the access, or responded with an error.</summary>
public sealed class BrokerException : KafkaDatasetException
{
    internal BrokerException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>Whether it is the credentials or the access rights that were refused; trying again does not help.</summary>
    public bool IsAccessDenied { get; init; }

    /// <summary>Kafka's error code, where a broker gave one, else null.</summary>
    public int? ErrorCode { get; init; }
}
