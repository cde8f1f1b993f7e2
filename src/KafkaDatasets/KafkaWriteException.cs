namespace KafkaDatasets;

/// <summary>
/// Some rows could not be written: a broker refused them, they are too large, or they were not acknowledged in time. The writer takes no more rows.
/// <see cref="KafkaDatasetException.Partition"/> is the partition of the first row that failed, if it is known.
/// </summary>
public sealed class KafkaWriteException : KafkaDatasetException
{
    internal KafkaWriteException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>The number of this writer's rows that the brokers have acknowledged.</summary>
    public long Written { get; init; }

    /// <summary>
    /// The number of this writer's rows that were refused, not acknowledged, or still waiting to be sent. A row that was not acknowledged may still have been written to the log.
    /// </summary>
    public long NotWritten { get; init; }

    /// <summary>Whether the credentials were rejected or access was denied, so that retrying does not help.</summary>
    public bool IsAccessDenied { get; init; }

    /// <summary>Kafka's error code (negative: one of librdkafka's own), or null if there is none.</summary>
    public int? ErrorCode { get; init; }
}
