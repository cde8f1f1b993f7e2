
namespace KafkaDatasets;

/// <summary>
/// Rows that could not be written: refused by a broker, too large, or not acknowledged in time. The writer takes no more rows after it.
/// <see cref="KafkaDatasetException.Partition"/> is that of the first row that failed.
/// </summary>
public sealed class KafkaWriteException : KafkaDatasetException
{
    internal KafkaWriteException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>The rows of this writer that the brokers have acknowledged.</summary>
    public long Written { get; init; }

    /// <summary>The rows of this writer that are refused or not acknowledged. One that is not acknowledged may have reached the log all the same.</summary>
    public long NotWritten { get; init; }

    /// <summary>Whether it is the credentials or the access rights that were refused; trying again does not help.</summary>
    public bool IsAccessDenied { get; init; }

    /// <summary>Kafka's error code (negative: librdkafka's own), or null where there was none.</summary>
    public int? ErrorCode { get; init; }
}
